/* The OpenAI Responses dialect: its table, and what reading and writing share. */
#include "openai_responses.h"
#include "codecs.h"

#include "openai_error.h"

/* ---- Usage ---------------------------------------------------------------------------------- */

bool responses_read_usage(const struct aip_json *usage, struct aip_usage *ret)
{
	const struct aip_json *in = aip_json_some(usage, "input_tokens_details");
	const struct aip_json *out = aip_json_some(usage, "output_tokens_details");

	aip_usage_init(ret);
	if (!aip_json_is(usage, AIP_JSON_OBJECT))
		return false;
	ret->in_total = aip_json_int(usage, "input_tokens", -1);
	ret->out_total = aip_json_int(usage, "output_tokens", -1);
	ret->cache_read = aip_json_int(in, "cached_tokens", -1);
	ret->cache_write = aip_json_int(in, "cache_write_tokens", -1);
	ret->reasoning = aip_json_int(out, "reasoning_tokens", -1);
	ret->total_reported = aip_json_int(usage, "total_tokens", -1);
	return ret->in_total >= 0 || ret->out_total >= 0;
}

static int64_t some(int64_t tokens)
{
	return tokens > 0 ? tokens : 0;
}

void responses_write_usage(const struct aip_usage *usage, struct aip_json_out *out)
{
	aip_json_open(out, '{');
	aip_json_int_kv(out, "input_tokens", some(usage->in_total));
	aip_json_key(out, "input_tokens_details");
	aip_json_open(out, '{');
	aip_json_int_kv(out, "cached_tokens", some(usage->cache_read));
	aip_json_int_kv(out, "cache_write_tokens", some(usage->cache_write));
	aip_json_close(out, '}');
	aip_json_int_kv(out, "output_tokens", some(usage->out_total));
	aip_json_key(out, "output_tokens_details");
	aip_json_open(out, '{');
	aip_json_int_kv(out, "reasoning_tokens", some(usage->reasoning));
	aip_json_close(out, '}');
	aip_json_int_kv(out, "total_tokens", some(usage->in_total) + some(usage->out_total));
	aip_json_close(out, '}');
}

/* ---- Server tools --------------------------------------------------------------------------- */

enum aip_server_tool responses_server_tool(struct aip_str type)
{
	static const struct {
		const char *begins;
		enum aip_server_tool tool;
	} table[] = {
		{"web_search", AIP_SERVER_WEB_SEARCH},
		{"file_search", AIP_SERVER_FILE_SEARCH},
		{"code_interpreter", AIP_SERVER_CODE_EXECUTION},
		{"image_generation", AIP_SERVER_IMAGE_GENERATION},
		{"mcp", AIP_SERVER_MCP},
		{"computer", AIP_SERVER_COMPUTER},
		{"local_shell", AIP_SERVER_LOCAL_SHELL},
		{"shell", AIP_SERVER_SHELL},
		{"apply_patch", AIP_SERVER_APPLY_PATCH},
		{"tool_search", AIP_SERVER_TOOL_SEARCH},
		{"program", AIP_SERVER_PROGRAMMATIC},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (aip_str_starts(type, aip_str(table[i].begins)))
			return table[i].tool;
	return AIP_SERVER_NONE;
}

/* ---- Counting ------------------------------------------------------------------------------- */

static enum aip_status read_counted(struct aip_codec_ctx *ctx, struct aip_str body, int64_t *ret,
                                    struct aip_error *reterr)
{
	return codec_read_count(ctx, body, "input_tokens", ret, reterr);
}

static void write_counted(int64_t tokens, struct aip_buf *out)
{
	struct aip_json_out json = aip_json_to(out);

	aip_json_open(&json, '{');
	aip_json_str(&json, "object", AIP_LIT("response.input_tokens"));
	aip_json_int_kv(&json, "input_tokens", tokens);
	aip_json_close(&json, '}');
}

/* ---- Splicing ------------------------------------------------------------------------------- */

/* The model stands in the response: at the top of a body, inside "response" in an event. */
static bool splice_model(struct aip_str json, struct aip_str model, struct aip_buf *out)
{
	return codec_splice_model(json, "response", model, out);
}

static bool relay_begins(struct aip_arena *arena, struct aip_str json)
{
	static const char *const types[] = {"response.created", "response.queued",
	                                    "response.in_progress"};

	return codec_has_type(json, types, sizeof(types) / sizeof(*types));
}

const struct aip_codec aip_codec_openai_responses = {
	.dialect = AIP_RESPONSES,
	.vendor = AIP_VENDOR_OPENAI,
	.name = "openai_responses",
	.read_request = responses_read_request,
	.write_request = responses_write_request,
	.read_response = responses_read_response,
	.write_response = responses_write_response,
	.decoder_new = responses_decoder_new,
	.decoder_feed = responses_decoder_feed,
	.decoder_finish = responses_decoder_finish,
	.decoder_fini = responses_decoder_fini,
	.encoder_new = responses_encoder_new,
	.encoder_event = responses_encoder_event,
	.encoder_ping = responses_encoder_ping,
	.encoder_fini = responses_encoder_fini,
	.read_error = openai_read_error,
	.write_error = openai_write_error,
	.read_count = responses_read_request,
	.write_count = responses_write_count,
	.read_counted = read_counted,
	.write_counted = write_counted,
	.splice_model = splice_model,
	.stream_type = "text/event-stream",
	.relay_begins = relay_begins,
};
