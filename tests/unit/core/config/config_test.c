/* Configurations: what good files say, what is said of bad ones. */
#include "check.h"

#include <stdlib.h>

#include "config/config.h"

static struct config_report report;

static struct config *load(const char *text)
{
	struct config *conf = NULL;

	config_report_init(&report);
	enum aip_status s = config_load_text(aip_str(text), "config.yaml", &conf, &report);
	CHECK_INT_EQ(s, report.n_errors ? AIP_CONFIG_REFUSED : AIP_OK);
	return conf;
}

static void end(struct config *conf)
{
	config_destroy(conf);
	config_report_fini(&report);
}

static struct aip_str note(size_t i)
{
	static char line[2048];

	if (i >= report.n)
		return AIP_LIT("(no such note)");
	config_report_line(&report, i, line, sizeof(line));
	return aip_str(line);
}

/* The first error of what must be refused. */
static void refused(const char *text, const char *says)
{
	struct config *conf = load(text);

	size_t first = 0;

	CHECK(conf == NULL);
	while (first < report.n && !report.notes[first].is_error)
		first++;
	CHECK_STR_EQ(note(first), says);
	end(conf);
}

TEST(an_empty_file_gives_the_defaults)
{
	struct config *conf = load("");

	CHECK_STR_EQ(conf->host, "127.0.0.1");
	CHECK_INT_EQ(conf->port, 8317);
	CHECK_INT_EQ(conf->request_retry, 3);
	CHECK_INT_EQ(conf->max_retry_interval_s, 30);
	CHECK_INT_EQ(conf->keepalive_s, 15);
	CHECK_INT_EQ(conf->strategy, CONFIG_ROUND_ROBIN);
	CHECK_INT_EQ(conf->loss_policy, CONFIG_LENIENT);
	CHECK(conf->plugins_enabled && conf->access_log);
	CHECK_INT_EQ(conf->api_keys.n, 0);
	CHECK_STR_EQ(conf->tls_cert, "");
	CHECK_INT_EQ(report.n, 0);
	CHECK_INT_EQ(strlen(conf->digest), 64);
	end(conf);
}

TEST(each_type_of_value_is_read)
{
	struct config *conf = load("host: ' 0.0.0.0 '\n"
	                           "port: 9000\n"
	                           "debug: Yes\n"
	                           "access-log: off\n"
	                           "routing: {strategy: FF}\n"
	                           "loss-policy: strict\n"
	                           "proxy-url: socks5://u:p@h:1\n"
	                           "log-file: a//b/../c/./d\n"
	                           "api-keys: [' k1 ', '', k2, k1, 123]\n"
	                           "request-retry: ~\n"
	                           "streaming:\n"
	                           "  keepalive-seconds: 0\n");

	CHECK_STR_EQ(conf->host, "0.0.0.0");
	CHECK_INT_EQ(conf->port, 9000);
	CHECK(conf->debug && !conf->access_log);
	CHECK_INT_EQ(conf->strategy, CONFIG_FILL_FIRST);
	CHECK_INT_EQ(conf->loss_policy, CONFIG_STRICT);
	CHECK_STR_EQ(conf->proxy_url, "socks5://u:p@h:1");
	CHECK_STR_EQ(conf->log_file, "a/c/d");
	CHECK_INT_EQ(conf->api_keys.n, 3);
	CHECK_STR_EQ(conf->api_keys.at[0], "k1");
	CHECK_STR_EQ(conf->api_keys.at[2], "123");
	CHECK_INT_EQ(conf->request_retry, 3);
	CHECK_INT_EQ(conf->keepalive_s, 0);
	CHECK_INT_EQ(report.n, 0);
	end(conf);
}

TEST(all_errors_of_a_file_are_told_at_once_with_their_places)
{
	struct config *conf = load("port: 99999\n"
	                           "host: [1]\n"
	                           "routing:\n"
	                           "  strategy: foo\n"
	                           "debug: perhaps\n"
	                           "request-retry: \"3\"\n"
	                           "max-retry-interval: 3.5\n"
	                           "port: 1\n"
	                           "tls: yes\n"
	                           "proxy-url: ftp://user:secret@x\n");

	CHECK(conf == NULL);
	CHECK_INT_EQ(report.n_errors, 9);
	CHECK_STR_EQ(note(0), "config.yaml:1:7: port: 99999 is not from 0 to 65535");
	CHECK_STR_EQ(note(1), "config.yaml:2:7: host: must be a single value, not a list");
	CHECK_STR_EQ(
		note(2),
		"config.yaml:4:13: routing.strategy: 'foo' is not one of round-robin, fill-first");
	CHECK_STR_EQ(note(3), "config.yaml:5:8: debug: 'perhaps' is not true or false");
	CHECK_STR_EQ(note(4), "config.yaml:6:16: request-retry: must be a number without quotes");
	CHECK_STR_EQ(note(5), "config.yaml:7:21: max-retry-interval: '3.5' is not an integer");
	CHECK_STR_EQ(note(6), "config.yaml:8:1: duplicate key 'port'");
	CHECK_STR_EQ(note(7), "config.yaml:9:6: tls: must be a mapping, not a single value");
	CHECK(aip_str_find(note(8), AIP_LIT("secret")) < 0);
	end(conf);
}

TEST(unknown_keys_warn_with_the_nearest_name)
{
	struct config *conf = load("prot: 1\n"
	                           "routing: {stratgey: ff}\n"
	                           "xyzzy: 1\n"
	                           "quota-exceeded: {switch-project: true}\n");

	CHECK_INT_EQ(report.n_warnings, 4);
	CHECK_STR_EQ(note(0), "config.yaml:1:1: warning: prot: unknown key; did you mean 'port'?");
	CHECK_STR_EQ(note(1),
	             "config.yaml:2:11: warning: routing.stratgey: unknown key; did you mean "
	             "'routing.strategy'?");
	CHECK_STR_EQ(note(2), "config.yaml:3:1: warning: xyzzy: unknown key");
	CHECK(aip_str_find(note(3), AIP_LIT("has no effect in this version")) > 0);
	CHECK_INT_EQ(conf->port, 8317);
	end(conf);
}

TEST(broken_yaml_is_told_with_its_line)
{
	refused("a: [1\nb: 2\n",
	        "config.yaml:2:2: not YAML: did not find expected ',' or ']' while "
	        "parsing a flow sequence");
	refused("- a\n", "config.yaml:1:1: a configuration is a mapping: key: value");
	refused("a: *x\n", "config.yaml:1:4: alias '*x' stands for nothing above it");
	refused("a: &x [*x]\n", "config.yaml:1:8: alias '*x' stands for nothing above it");
	refused("a: !mine 1\n", "config.yaml:1:4: tag '!mine' is not known here");
	refused("? [a]\n: 1\n", "config.yaml:1:5: a key, ended here, must be a text");
	refused("a: 1\n---\nb: 1\n", "config.yaml:2:1: a second document: only one is read");
}

TEST(anchors_and_merges_work)
{
	struct config *conf =
		load("x-api-key:\n"
	             "  - &one {api-key: k1, prefix: /team/, headers: &h {X-A: '1'}}\n"
	             "  - {<<: *one, api-key: k2}\n"
	             "  - {api-key: k3, headers: *h}\n");
	const struct config_entry *entries = conf->sections->entries;

	CHECK_INT_EQ(conf->sections->n_entries, 3);
	CHECK_STR_EQ(entries[1].api_key, "k2");
	CHECK_STR_EQ(entries[1].prefix, "team");
	CHECK_INT_EQ(entries[2].headers.n, 1);
	CHECK_STR_EQ(entries[2].headers.at[0].name, "X-A");
	end(conf);
}

TEST(a_bomb_of_aliases_is_refused)
{
	struct config *conf = load("a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	                           "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
	                           "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
	                           "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
	                           "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n");

	CHECK(conf == NULL);
	CHECK(aip_str_find(note(0), AIP_LIT("more than 50000 values, aliases included")) > 0);
	end(conf);
}

TEST(nesting_has_a_limit)
{
	char text[256] = "a: ";

	memset(text + 3, '[', 100);
	memset(text + 103, ']', 100);
	struct config *conf = load(text);
	CHECK(conf == NULL);
	CHECK(aip_str_find(note(0), AIP_LIT("nested more than 32 deep")) > 0);
	end(conf);
}

TEST(no_prefix_of_a_file_crashes)
{
	static const char text[] =
		"host: \"\xc3\xa9\"\nl: &a\n  - {api-key: k, models: [{name: m, alias: n}]}\n"
		"m: *a\npayload: {default: [{models: [{name: x}], params: {a.b: [1, t, ~]}}]}\n";

	for (size_t len = 0; len < sizeof(text); len++) {
		struct config *conf = NULL;
		config_report_init(&report);
		if (config_load_text(aip_strn(text, len), "c", &conf, &report))
			CHECK(report.n_errors > 0);
		end(conf);
	}
}

TEST(an_entry_has_its_common_fields_and_keeps_the_others_for_its_provider)
{
	struct config *conf =
		load("some-api-key:\n"
	             "  - api-key: ' k '\n"
	             "    base-url: https://x.example/v1//\n"
	             "    proxy-url: direct\n"
	             "    headers: {X-One: ' a ', X-Empty: ''}\n"
	             "    models: [{name: m1, alias: a1}, {name: m2}, {alias: x}, m3]\n"
	             "    excluded-models: [' Foo-* ', foo-*, '', bar]\n"
	             "    priority: 5\n"
	             "    location: us-east1\n"
	             "    deep: {a: 1, b: [x, 'y']}\n"
	             "  - bare-key\n");
	const struct config_entry *e = &conf->sections->entries[0];

	CHECK_STR_EQ(conf->sections->name, "some-api-key");
	CHECK_STR_EQ(e->api_key, "k");
	CHECK_STR_EQ(e->base_url, "https://x.example/v1");
	CHECK_STR_EQ(e->proxy_url, "direct");
	CHECK_INT_EQ(e->headers.n, 1);
	CHECK_STR_EQ(e->headers.at[0].value, "a");
	CHECK_INT_EQ(e->models.n, 3);
	CHECK_STR_EQ(e->models.at[0].alias, "a1");
	CHECK_STR_EQ(e->models.at[1].alias, "m2");
	CHECK(!e->models.at[1].has_alias);
	CHECK_STR_EQ(e->models.at[2].name, "m3");
	CHECK_INT_EQ(e->excluded_models.n, 2);
	CHECK_STR_EQ(e->excluded_models.at[0], "foo-*");
	CHECK_INT_EQ(e->priority, 5);
	CHECK_INT_EQ(e->weight, 1);
	CHECK_INT_EQ(e->n_fields, 4);
	CHECK_STR_EQ(e->fields[0].name, "location");
	CHECK_STR_EQ(e->fields[3].name, "deep.b[1]");
	CHECK_STR_EQ(e->fields[3].value, "y");
	CHECK_STR_EQ(conf->sections->entries[1].api_key, "bare-key");
	CHECK(conf->sections->entries[1].prefix.at == NULL);
	end(conf);
}

TEST(bad_entries_are_told_with_their_path)
{
	struct config *conf = load("l:\n"
	                           "  - {base-url: ftp://x}\n"
	                           "  - {headers: {'a b': c}}\n"
	                           "  - {headers: {a: \"b\\r\\nc: d\"}}\n"
	                           "  - {priority: high}\n"
	                           "  - [x]\n");

	CHECK(conf == NULL);
	CHECK_INT_EQ(report.n_errors, 5);
	CHECK_STR_EQ(note(0), "config.yaml:2:16: l[0].base-url: must be http://\xe2\x80\xa6 or "
	                      "https://\xe2\x80\xa6");
	CHECK(aip_str_find(note(1), AIP_LIT("l[1].headers.a b: is not a header")) > 0);
	CHECK(aip_str_find(note(2), AIP_LIT("l[2].headers.a: is not a header")) > 0);
	CHECK_STR_EQ(note(3), "config.yaml:5:16: l[3].priority: 'high' is not an integer");
	CHECK_STR_EQ(note(4), "config.yaml:6:5: l[4]: must be a mapping, not a list");
	end(conf);
}

TEST(a_claim_decides_which_entries_are_usable)
{
	struct config *conf = load("flat:\n"
	                           "  - {api-key: a, base-url: http://x}\n"
	                           "  - {base-url: http://x}\n"
	                           "  - {api-key: b}\n"
	                           "  - {api-key: a, base-url: http://x/}\n"
	                           "  - {api-key: c, base-url: http://x, disabled: true}\n"
	                           "  - {api-key: a, base-url: http://y}\n");
	const struct config_claim claim = {.list = AIP_LIT("flat"), .needs_base_url = true};
	const struct config_section *section = config_claim(conf, &claim, &report);
	static const bool usable[] = {true, false, false, false, false, true};

	for (size_t i = 0; i < 6; i++)
		CHECK_INT_EQ(section->entries[i].usable, usable[i]);
	CHECK_INT_EQ(report.n_errors, 2);
	CHECK_STR_EQ(note(0), "config.yaml:3:5: flat[1]: needs an api-key");
	CHECK_STR_EQ(note(1), "config.yaml:4:5: flat[2]: needs a base-url");
	CHECK_STR_EQ(note(2),
	             "config.yaml:5:5: warning: flat[3]: is left out: an entry above is the same");
	CHECK(config_claim(conf, &(struct config_claim){.list = AIP_LIT("other")}, &report) ==
	      NULL);
	end(conf);
}

TEST(named_entries_collect_their_keys_from_every_spelling)
{
	struct config *conf =
		load("compat:\n"
	             "  - name: One\n"
	             "    base-url: http://x\n"
	             "    api-key: k0\n"
	             "    api-keys: [k1, k2]\n"
	             "    api-key-entries: [{api-key: k2}, {api-key: k3, proxy-url: 'http://p'}]\n"
	             "  - {name: two, base-url: http://y}\n");
	const struct config_claim claim = {AIP_LIT("compat"), true, true};
	const struct config_section *section = config_claim(conf, &claim, &report);
	const struct config_keys *keys = &section->entries[0].keys;

	CHECK_INT_EQ(keys->n, 4);
	CHECK_STR_EQ(keys->at[0].api_key, "k0");
	CHECK_STR_EQ(keys->at[3].api_key, "k3");
	CHECK_STR_EQ(keys->at[3].proxy_url, "http://p");
	CHECK(section->entries[1].usable);
	CHECK_INT_EQ(report.n_errors, 0);
	end(conf);
}

TEST(sections_nobody_owns_are_told_with_the_nearest_list)
{
	struct config *conf = load("clause-api-key: [{api-key: k}]\napi-key: [k]\nfoo: []\n");
	const struct aip_str lists[] = {AIP_LIT("claude-api-key")};

	CHECK_INT_EQ(report.n, 0);
	config_report_unclaimed(conf, lists, 1, &report);
	CHECK_STR_EQ(note(0),
	             "config.yaml:1:1: warning: clause-api-key: no loaded provider has this list; "
	             "did you mean 'claude-api-key'?");
	CHECK_STR_EQ(note(1),
	             "config.yaml:2:1: warning: api-key: no loaded provider has this list; did you "
	             "mean 'api-keys'?");
	CHECK_STR_EQ(note(2), "config.yaml:3:1: warning: foo: no loaded provider has this list");
	end(conf);
}

TEST(limits_mappings_and_exclusions_are_normalised)
{
	struct config *conf =
		load("api-key-limits:\n"
	             "  - {api-key: ' a ', allowed-models: [GPT-*, gpt-*, ''], monthly-quotas: {x: "
	             "5, y: 0, ' ': 3}}\n"
	             "  - {api-key: a, allowed-models: [x]}\n"
	             "  - {api-key: b}\n"
	             "  - {api-key: c, allowed-providers: [Claude], alowed-models: [x]}\n"
	             "oauth-model-mappings:\n"
	             "  Claude:\n"
	             "    - {name: m, alias: n, fork: true}\n"
	             "    - {name: M, alias: o}\n"
	             "    - {name: p, alias: P}\n"
	             "oauth-excluded-models: {Codex: [' A* ', a*], empty: []}\n");

	CHECK_INT_EQ(conf->limits.n, 2);
	CHECK_STR_EQ(conf->limits.at[0].api_key, "a");
	CHECK_INT_EQ(conf->limits.at[0].allowed_models.n, 1);
	CHECK_STR_EQ(conf->limits.at[0].allowed_models.at[0], "GPT-*");
	CHECK_INT_EQ(conf->limits.at[0].n_quotas, 1);
	CHECK_INT_EQ(conf->limits.at[0].quotas[0].requests, 5);
	CHECK_STR_EQ(conf->limits.at[1].allowed_providers.at[0], "claude");
	CHECK_INT_EQ(conf->mappings.n, 1);
	CHECK_STR_EQ(conf->mappings.at[0].channel, "claude");
	CHECK(conf->mappings.at[0].fork);
	CHECK_INT_EQ(conf->exclusions.n, 1);
	CHECK_INT_EQ(conf->exclusions.at[0].patterns.n, 1);
	CHECK_STR_EQ(conf->exclusions.at[0].patterns.at[0], "a*");
	CHECK_INT_EQ(report.n_warnings, 5);
	end(conf);
}

TEST(payload_values_become_json_of_their_yaml_type)
{
	struct config *conf = load(
		"payload:\n"
		"  override:\n"
		"    - models: [{name: m*, protocol: OpenAI}]\n"
		"      params: {a: 1.50, b: '1', c: true, d: ~, e: [x, {f: \"q\\\"\"}], g: text}\n"
		"  default-raw:\n"
		"    - {models: [{name: x}], params: {r: '{\"a\":[1]}'}}\n"
		"  filter:\n"
		"    - {models: [{name: x}], params: [a.b, c]}\n");
	const struct config_payload *p = &conf->payload;

	CHECK_INT_EQ(p->n, 3);
	CHECK_INT_EQ(p->at[0].kind, CONFIG_PAYLOAD_DEFAULT);
	CHECK_STR_EQ(p->at[0].params[0].json, "{\"a\":[1]}");
	CHECK_STR_EQ(p->at[1].models[0].protocol, "openai");
	static const char *const json[] = {
		"1.50", "\"1\"", "true", "null", "[\"x\",{\"f\":\"q\\\"\"}]", "\"text\""};
	CHECK_INT_EQ(p->at[1].n_params, 6);
	for (size_t i = 0; i < 6; i++)
		CHECK_STR_EQ(p->at[1].params[i].json, json[i]);
	CHECK_INT_EQ(p->at[2].n_params, 2);
	CHECK_STR_EQ(p->at[2].params[0].path, "a.b");
	end(conf);
	refused("payload: {override-raw: [{models: [{name: x}], params: {r: '{'}}]}\n",
	        "config.yaml:1:60: payload.override-raw[0].params.r: is not JSON: JSON is not "
	        "valid at byte 1: a "
	        "member's name was expected");
}

TEST(a_plugins_settings_stay_raw)
{
	struct config *conf = load("plugins:\n"
	                           "  configs:\n"
	                           "    one: {enabled: false, priority: 3, mine: [1]}\n"
	                           "    two: {}\n");

	CHECK_INT_EQ(conf->plugins.n, 2);
	CHECK(!conf->plugins.at[0].enabled && conf->plugins.at[1].enabled);
	CHECK_INT_EQ(conf->plugins.at[0].priority, 3);
	CHECK_INT_EQ(config_tree_get(conf->plugins.at[0].node, AIP_LIT("mine"))->count, 1);
	end(conf);
}

TEST(old_spellings_still_work)
{
	struct config *conf = load("auth: {providers: [{type: config-api-key, api-keys: [k]}]}\n"
	                           "oauth-model-alias: {claude: [{name: a, alias: b}]}\n");

	CHECK_INT_EQ(conf->api_keys.n, 1);
	CHECK_INT_EQ(conf->mappings.n, 1);
	CHECK_INT_EQ(report.n_warnings, 1);
	end(conf);
}

TEST(an_open_door_is_told)
{
	struct config *conf = load("host: 0.0.0.0\n");
	CHECK_INT_EQ(report.n_warnings, 1);
	CHECK(aip_str_find(note(0),
	                   AIP_LIT("config.yaml:1:7: warning: api-keys: there are none")) == 0);
	end(conf);
	conf = load("host: ''\napi-keys: [k]\n");
	CHECK_INT_EQ(report.n_warnings, 0);
	end(conf);
	refused("tls: {enable: true}\n",
	        "config.yaml:1:15: tls.enable: needs tls.cert and tls.key");
}

TEST(auth_dir_is_expanded)
{
	static const struct {
		const char *text, *path;
	} cases[] = {
		{"auth-dir: \"~\"\n", "/home/u"},
		{"auth-dir: \"~/a\"\n", "/home/u/a"},
		{"auth-dir: ~foo/bar\n", "/home/u/foo/bar"},
		{"auth-dir: '~\\x\\y'\n", "/home/u/x/y"},
		{"auth-dir: '$HOME/x'\n", "$HOME/x"},
		{"auth-dir: ../../a/../b/\n", "../../b"},
		{"auth-dir: /../a//b\n", "/a/b"},
		{"auth-dir: a/..\n", "."},
		{"auth-dir: ''\n", "/home/u/.cli-proxy-api"},
	};

	setenv("HOME", "/home/u", 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config *conf = load(cases[i].text);
		CHECK_STR_EQ(conf->auth_dir, cases[i].path);
		end(conf);
	}
}

TEST(what_models_can_do_is_checked_and_kept_in_order)
{
	struct config *conf =
		load("model-capabilities:\n"
	             "  - models: ['my-*', other]\n"
	             "    providers: [OpenRouter]\n"
	             "    capabilities: {context: 128000, top_k: no, levels: [low, high]}\n"
	             "  - providers: claude\n"
	             "    capabilities: {temperature: none, max_output: ~}\n");

	CHECK_INT_EQ(report.n, 0);
	CHECK_INT_EQ(conf->capabilities.n, 2);
	const struct config_capability *rule = conf->capabilities.at;
	CHECK_INT_EQ(rule[0].models.n, 2);
	CHECK_STR_EQ(rule[0].providers.at[0], "openrouter");
	CHECK_INT_EQ(rule[0].n_values, 3);
	CHECK_STR_EQ(rule[0].values[1].json, "false");
	CHECK_STR_EQ(rule[0].values[2].json, "[\"low\",\"high\"]");
	CHECK_INT_EQ(rule[1].n_values, 1);
	CHECK_STR_EQ(rule[1].values[0].key, "temperature");
	end(conf);
}

TEST(a_capability_that_is_none_is_told_with_its_line_and_a_wrong_value_is_refused)
{
	struct config *conf = load("model-capabilities:\n"
	                           "  - models: [m]\n"
	                           "    capabilities:\n"
	                           "      contxt: 1\n"
	                           "      context: 5\n"
	                           "  - capabilities: {context: 5}\n");

	CHECK_INT_EQ(conf->capabilities.n, 1);
	CHECK_INT_EQ(conf->capabilities.at[0].n_values, 1);
	CHECK_STR_EQ(note(0),
	             "config.yaml:4:7: warning: model-capabilities[0].capabilities.contxt: "
	             "unknown key; did you mean 'context'?");
	CHECK_STR_EQ(note(1), "config.yaml:6:5: warning: model-capabilities[1]: does nothing: it "
	                      "needs models or providers, and capabilities");
	end(conf);
	refused("model-capabilities:\n  - models: [m]\n    capabilities: {temperature: warm}\n",
	        "config.yaml:3:33: model-capabilities[0].capabilities.temperature: must be one of: "
	        "free "
	        "fixed none");
	refused("model-capabilities:\n  - models: [m]\n    capabilities: {context: many}\n",
	        "config.yaml:3:29: model-capabilities[0].capabilities.context: must be a whole "
	        "number, "
	        "0 or more");
}

RUN_ALL(CASE(what_models_can_do_is_checked_and_kept_in_order),
        CASE(a_capability_that_is_none_is_told_with_its_line_and_a_wrong_value_is_refused),
        CASE(an_empty_file_gives_the_defaults), CASE(each_type_of_value_is_read),
        CASE(all_errors_of_a_file_are_told_at_once_with_their_places),
        CASE(unknown_keys_warn_with_the_nearest_name), CASE(broken_yaml_is_told_with_its_line),
        CASE(anchors_and_merges_work), CASE(a_bomb_of_aliases_is_refused),
        CASE(nesting_has_a_limit), CASE(no_prefix_of_a_file_crashes),
        CASE(an_entry_has_its_common_fields_and_keeps_the_others_for_its_provider),
        CASE(bad_entries_are_told_with_their_path), CASE(a_claim_decides_which_entries_are_usable),
        CASE(named_entries_collect_their_keys_from_every_spelling),
        CASE(sections_nobody_owns_are_told_with_the_nearest_list),
        CASE(limits_mappings_and_exclusions_are_normalised),
        CASE(payload_values_become_json_of_their_yaml_type), CASE(a_plugins_settings_stay_raw),
        CASE(old_spellings_still_work), CASE(an_open_door_is_told), CASE(auth_dir_is_expanded))
