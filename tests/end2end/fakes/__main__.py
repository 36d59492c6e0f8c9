"""Runs the four fakes until interrupted and says where they are."""

import time

from . import Fakes

with Fakes() as fakes:
    for fake in fakes.all():
        print(f"{fake.dialect:10} {fake.url}  key {fake.default_key}")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        pass
