/* The OpenAI Chat Completions dialect: its table, and what reading and writing share. */
#include "openai_chat.h"

#include "openai_error.h"

/* ---- Usage ---------------------------------------------------------------------------------- */

bool chat_read_usage(const struct aip_json *usage, struct aip_usage *ret)
{
	const struct aip_json *in = aip_json_some(usage, "prompt_tokens_details");
	const struct aip_json *out = aip_json_some(usage, "completion_tokens_details");
	const int64_t prompt = aip_json_int(usage, "prompt_tokens", -1);
	const int64_t completion = aip_json_int(usage, "completion_tokens", -1);
	const int64_t reasoning = aip_json_int(out, "reasoning_tokens", -1);
	const int64_t total = aip_json_int(usage, "total_tokens", -1);

	aip_usage_init(ret);
	if (!aip_json_is(usage, AIP_JSON_OBJECT) || (prompt < 0 && completion < 0))
		return false;
	ret->in_total = prompt;
	ret->out_total = completion;
	/* Some servers leave the reasoning out of the completion. */
	if (reasoning > 0 && prompt >= 0 && completion >= 0 && prompt + completion + reasoning == total)
		ret->out_total = completion + reasoning;
	ret->reasoning = reasoning;
	ret->cache_read = aip_json_int(in, "cached_tokens", -1);
	if (ret->cache_read < 0)
		ret->cache_read = aip_json_int(usage, "prompt_cache_hit_tokens", -1);
	ret->cache_write = aip_json_int(in, "cache_write_tokens", -1);
	ret->audio_in = aip_json_int(in, "audio_tokens", -1);
	ret->audio_out = aip_json_int(out, "audio_tokens", -1);
	ret->pred_accepted = aip_json_int(out, "accepted_prediction_tokens", -1);
	ret->pred_rejected = aip_json_int(out, "rejected_prediction_tokens", -1);
	ret->total_reported = total;
	return true;
}

static int64_t some(int64_t tokens)
{
	return tokens > 0 ? tokens : 0;
}

void chat_write_usage(const struct aip_usage *usage, struct aip_json_out *out)
{
	aip_json_open(out, '{');
	aip_json_int_kv(out, "prompt_tokens", some(usage->in_total));
	aip_json_int_kv(out, "completion_tokens", some(usage->out_total));
	aip_json_int_kv(out, "total_tokens", some(usage->in_total) + some(usage->out_total));
	aip_json_key(out, "prompt_tokens_details");
	aip_json_open(out, '{');
	aip_json_int_kv(out, "cached_tokens", some(usage->cache_read));
	if (usage->cache_write > 0)
		aip_json_int_kv(out, "cache_write_tokens", usage->cache_write);
	aip_json_close(out, '}');
	aip_json_key(out, "completion_tokens_details");
	aip_json_open(out, '{');
	aip_json_int_kv(out, "reasoning_tokens", some(usage->reasoning));
	aip_json_close(out, '}');
	aip_json_close(out, '}');
}

/* ---- Stop reasons --------------------------------------------------------------------------- */

enum aip_stop chat_read_stop(struct aip_str reason, bool called_tools)
{
	if (aip_str_is(reason, "length"))
		return AIP_STOP_MAX_TOKENS;
	if (aip_str_is(reason, "content_filter"))
		return AIP_STOP_CONTENT_FILTER;
	if (aip_str_is(reason, "tool_calls") || aip_str_is(reason, "function_call"))
		return called_tools ? AIP_STOP_TOOL_USE : AIP_STOP_END_TURN;
	if (called_tools)
		return AIP_STOP_TOOL_USE;
	return aip_str_is(reason, "stop") ? AIP_STOP_END_TURN : AIP_STOP_OTHER;
}

const char *chat_write_stop(enum aip_stop stop, bool legacy_functions)
{
	switch (stop) {
	case AIP_STOP_TOOL_USE: return legacy_functions ? "function_call" : "tool_calls";
	case AIP_STOP_MAX_TOKENS:
	case AIP_STOP_CONTEXT_WINDOW: return "length";
	case AIP_STOP_CONTENT_FILTER:
	case AIP_STOP_REFUSAL: return "content_filter";
	default: return "stop";
	}
}

void chat_write_annotation(const struct aip_citation *citation, struct aip_json_out *out)
{
	aip_json_open(out, '{');
	aip_json_str(out, "type", AIP_LIT("url_citation"));
	aip_json_key(out, "url_citation");
	aip_json_open(out, '{');
	aip_json_int_kv(out, "start_index", some(citation->start));
	aip_json_int_kv(out, "end_index", some(citation->end));
	aip_json_str(out, "title", citation->title.at ? citation->title : AIP_LIT(""));
	aip_json_str(out, "url", citation->url);
	aip_json_close(out, '}');
	aip_json_close(out, '}');
}

bool chat_splice_model(struct aip_str json, struct aip_str model, struct aip_buf *out)
{
	struct aip_json_want want = {.key = AIP_LIT("model")};

	if (aip_json_scan(json, &want, 1, NULL) || !want.raw.at || want.kind != AIP_JSON_STRING)
		return false;
	struct aip_json_out value = aip_json_to(out);
	const char *behind = want.raw.at + want.raw.len;
	aip_buf_add(out, aip_strn(json.at, (size_t)(want.raw.at - json.at)));
	aip_json_put_str(&value, model);
	aip_buf_add(out, aip_strn(behind, (size_t)(json.at + json.len - behind)));
	return true;
}

const struct aip_codec aip_codec_openai_chat = {
	.dialect = AIP_CHAT,
	.vendor = AIP_VENDOR_OPENAI,
	.name = "openai_chat",
	.read_request = chat_read_request,
	.write_request = chat_write_request,
	.read_response = chat_read_response,
	.write_response = chat_write_response,
	.decoder_new = chat_decoder_new,
	.decoder_feed = chat_decoder_feed,
	.decoder_finish = chat_decoder_finish,
	.decoder_fini = chat_decoder_fini,
	.encoder_new = chat_encoder_new,
	.encoder_event = chat_encoder_event,
	.encoder_ping = chat_encoder_ping,
	.encoder_fini = chat_encoder_fini,
	.read_error = openai_read_error,
	.write_error = openai_write_error,
	.splice_model = chat_splice_model,
	.stream_type = "text/event-stream",
};
