/* A value of the file as JSON. */
#include <aiproxy/json.h>

#include "config/read.h"

static bool is_json_number(struct aip_str text)
{
	double number;

	return aip_str_double(text, &number);
}

static void put_scalar(struct aip_json_out *out, const struct config_node *node)
{
	bool yes = aip_str_eq_nocase(node->text, AIP_LIT("true"));

	if (node->plain && is_json_number(node->text))
		aip_json_put_raw(out, node->text);
	else if (node->plain && (yes || aip_str_eq_nocase(node->text, AIP_LIT("false"))))
		aip_json_put_bool(out, yes);
	else
		aip_json_put_str(out, node->text);
}

/* Depth is bounded by CONFIG_DEPTH_MAX, size by CONFIG_NODES_MAX. */
static void put_json(struct aip_json_out *out, const struct config_node *node)
{
	switch (node->kind) {
	case CONFIG_NULL: aip_json_put_null(out); break;
	case CONFIG_SCALAR: put_scalar(out, node); break;
	case CONFIG_SEQUENCE:
		aip_json_open(out, '[');
		CONFIG_EACH(item, node)
		put_json(out, item);
		aip_json_close(out, ']');
		break;
	case CONFIG_MAPPING:
		aip_json_open(out, '{');
		CONFIG_EACH(member, node)
		{
			aip_json_key_str(out, member->key);
			put_json(out, member);
		}
		aip_json_close(out, '}');
		break;
	}
}

struct aip_str read_json(struct config_reading *r, const struct config_node *node)
{
	struct aip_buf buf;

	aip_buf_init(&buf, (size_t)CONFIG_FILE_MAX * 8);
	struct aip_json_out out = aip_json_to(&buf);
	put_json(&out, node);
	struct aip_str json =
		buf.status ? AIP_LIT("null") : aip_arena_dup(r->arena, aip_buf_str(&buf));
	aip_buf_fini(&buf);
	return json;
}
