"""The configuration that the documents show is taken by the program without a word."""

import re

import pytest

from gateway import ROOT, Gateway

DOCUMENTS = ["README.md", *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("plugins/*/README.md"))]


def shown(document):
    return re.findall(r"^```yaml\n(.*?)^```", (ROOT / document).read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_shown_configuration_is_right(program, tmp_path, document):
    for at, yaml in enumerate(shown(document)):
        gateway = Gateway(tmp_path / str(at))
        gateway.write_config = lambda: gateway.write_raw(
            f"{yaml}\nhost: 127.0.0.1\nport: {gateway.port}\nauth-dir: {gateway.home}\n")
        gateway.start()
        gateway.stop()
        assert "config.yaml:" not in gateway.log(), gateway.log()
