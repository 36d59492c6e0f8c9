/* The OpenAI Chat Completions dialect: its table, and what reading and writing share. */
#include "openai_chat.h"

#include "codecs.h"
#include "openai_error.h"

/* ---- Usage ---------------------------------------------------------------------------------- */

static void read_details(const struct aip_json *usage, struct aip_usage *ret)
{
	const struct aip_json *in = aip_json_some(usage, "prompt_tokens_details");
	const struct aip_json *out = aip_json_some(usage, "completion_tokens_details");

	ret->cache_read = aip_json_int(in, "cached_tokens", -1);
	if (ret->cache_read < 0)
		ret->cache_read = aip_json_int(usage, "prompt_cache_hit_tokens", -1);
	if (ret->cache_read < 0)
		ret->cache_read = aip_json_int(usage, "cached_tokens", -1);
	ret->cache_write = aip_json_int(in, "cache_write_tokens", -1);
	ret->audio_in = aip_json_int(in, "audio_tokens", -1);
	ret->image_in = aip_json_int(in, "image_tokens", -1);
	ret->reasoning = aip_json_int(out, "reasoning_tokens", -1);
	if (ret->reasoning < 0)
		ret->reasoning = aip_json_int(usage, "reasoning_tokens", -1);
	ret->audio_out = aip_json_int(out, "audio_tokens", -1);
	ret->pred_accepted = aip_json_int(out, "accepted_prediction_tokens", -1);
	ret->pred_rejected = aip_json_int(out, "rejected_prediction_tokens", -1);
}

bool chat_read_usage(const struct aip_json *usage, struct aip_usage *ret)
{
	const int64_t prompt = aip_json_int(usage, "prompt_tokens", -1);
	const int64_t completion = aip_json_int(usage, "completion_tokens", -1);
	const int64_t total = aip_json_int(usage, "total_tokens", -1);

	aip_usage_init(ret);
	if (!aip_json_is(usage, AIP_JSON_OBJECT) || (prompt < 0 && completion < 0))
		return false;
	read_details(usage, ret);
	ret->in_total = prompt;
	ret->out_total = completion;
	ret->total_reported = total;
	/* Some servers leave the reasoning out of the completion. */
	if (ret->reasoning > 0 && prompt >= 0 && completion >= 0 &&
	    prompt + completion == total - ret->reasoning)
		ret->out_total = completion + ret->reasoning;
	return true;
}

static int64_t some(int64_t tokens)
{
	return tokens > 0 ? tokens : 0;
}

/* A figure that nobody told stays away; a zero that somebody told stays. */
static void put_details(struct aip_json_out *out, const char *key, const char *const *names,
                        const int64_t *figures, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (figures[i] < 0)
			continue;
		if (!any) {
			aip_json_key(out, key);
			aip_json_open(out, '{');
		}
		any = true;
		aip_json_int_kv(out, names[i], figures[i]);
	}
	if (any)
		aip_json_close(out, '}');
}

void chat_write_usage(const struct aip_usage *usage, struct aip_json_out *out)
{
	const char *const in_names[] = {"cached_tokens", "cache_write_tokens", "audio_tokens"};
	const int64_t in[] = {usage->cache_read, usage->cache_write, usage->audio_in};
	const char *const out_names[] = {"reasoning_tokens", "audio_tokens",
	                                 "accepted_prediction_tokens",
	                                 "rejected_prediction_tokens"};
	const int64_t made[] = {usage->reasoning, usage->audio_out, usage->pred_accepted,
	                        usage->pred_rejected};

	if (!aip_usage_known(usage))
		return;
	aip_json_key(out, "usage");
	aip_json_open(out, '{');
	aip_json_int_kv(out, "prompt_tokens", some(usage->in_total));
	aip_json_int_kv(out, "completion_tokens", some(usage->out_total));
	aip_json_int_kv(out, "total_tokens", some(usage->in_total) + some(usage->out_total));
	put_details(out, "prompt_tokens_details", in_names, in, 3);
	put_details(out, "completion_tokens_details", out_names, made, 4);
	aip_json_close(out, '}');
}

/* ---- Stop reasons and tiers ----------------------------------------------------------------- */

/* The API's words first, then those of servers that imitate it. */
static const struct {
	const char *word;
	enum aip_stop stop;
} stops[] = {
	{"stop", AIP_STOP_END_TURN},
	{"length", AIP_STOP_MAX_TOKENS},
	{"tool_calls", AIP_STOP_TOOL_USE},
	{"function_call", AIP_STOP_TOOL_USE},
	{"content_filter", AIP_STOP_CONTENT_FILTER},
	{"eos", AIP_STOP_END_TURN},
	{"end_turn", AIP_STOP_END_TURN},
	{"stop_sequence", AIP_STOP_SEQUENCE},
	{"tool_use", AIP_STOP_TOOL_USE},
	{"max_tokens", AIP_STOP_MAX_TOKENS},
	{"model_length", AIP_STOP_MAX_TOKENS},
	{"safety", AIP_STOP_CONTENT_FILTER},
	{"sensitive", AIP_STOP_CONTENT_FILTER},
	{"refusal", AIP_STOP_REFUSAL},
};

/* Words by which servers end an answer that they could not finish. */
static const struct {
	const char *word;
	enum aip_status fault;
} faults[] = {
	{"error", AIP_UPSTREAM_ERROR},
	{"abort", AIP_UPSTREAM_ERROR},
	{"network_error", AIP_UPSTREAM_ERROR},
	{"insufficient_system_resource", AIP_OVERLOADED},
};

enum aip_stop chat_read_stop(struct aip_str reason, enum aip_status *fault)
{
	*fault = AIP_OK;
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		if (aip_str_is(reason, faults[i].word))
			*fault = faults[i].fault;
	for (size_t i = 0; i < sizeof(stops) / sizeof(*stops); i++)
		if (aip_str_eq_nocase(reason, aip_str(stops[i].word)))
			return stops[i].stop;
	return AIP_STOP_OTHER;
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

struct aip_str chat_read_tier(struct aip_str word)
{
	return aip_str_is(word, "default") ? AIP_LIT("standard") : word;
}

struct aip_str chat_write_tier(struct aip_str tier)
{
	return aip_str_is(tier, "standard") ? AIP_LIT("default") : tier;
}

/* ---- Relay ---------------------------------------------------------------------------------- */

bool chat_splice_model(struct aip_str json, struct aip_str model, struct aip_buf *out)
{
	return codec_splice_model(json, NULL, model, out);
}

#define ASK "\"include_usage\":true"

/* The place behind an object's bracket, and what to put there. */
static struct aip_str insert_member(struct aip_arena *arena, struct aip_str object, bool empty,
                                    const char *member, struct aip_str *ret)
{
	const char *bracket = memchr(object.at, '{', object.len);

	*ret = aip_arena_printf(arena, "%s%s", member, empty ? "" : ",");
	return bracket ? aip_strn(bracket + 1, 0) : AIP_NONE;
}

static struct aip_str ask_in(struct aip_arena *arena, struct aip_str options, struct aip_str *ret)
{
	struct aip_json *doc;

	if (aip_json_parse(arena, options, &doc, NULL))
		return AIP_NONE;
	const struct aip_json *said = aip_json_get(doc, "include_usage");
	if (!said)
		return insert_member(arena, options, !doc->child, ASK, ret);
	*ret = AIP_LIT("true");
	return said->kind == AIP_JSON_FALSE || said->kind == AIP_JSON_NULL ? said->raw : AIP_NONE;
}

/* Most bodies do not have the word at all, and need no second look. */
static struct aip_str chat_relay_ask(struct aip_arena *arena, struct aip_str body,
                                     struct aip_str *ret)
{
	struct aip_json_want options = {.key = AIP_LIT("stream_options")};

	if (aip_str_find(body, AIP_LIT("\"stream_options\"")) >= 0 &&
	    aip_json_scan(body, &options, 1, NULL))
		return AIP_NONE;
	if (!options.raw.at)
		return insert_member(arena, body, false, "\"stream_options\":{" ASK "}", ret);
	if (options.kind == AIP_JSON_OBJECT)
		return ask_in(arena, options.raw, ret);
	*ret = AIP_LIT("{" ASK "}");
	return options.kind == AIP_JSON_NULL ? options.raw : AIP_NONE;
}

static bool chat_relay_extra(struct aip_str json)
{
	struct aip_json_want wants[] = {{.key = AIP_LIT("choices")}, {.key = AIP_LIT("usage")}};

	if (aip_str_find(json, AIP_LIT("\"prompt_tokens\"")) < 0 ||
	    aip_json_scan(json, wants, 2, NULL) || !wants[0].raw.at || !wants[1].raw.at ||
	    wants[0].kind != AIP_JSON_ARRAY || wants[1].kind != AIP_JSON_OBJECT)
		return false;
	const struct aip_str inside = aip_strn(wants[0].raw.at + 1, wants[0].raw.len - 2);
	return aip_str_trim(inside).len == 0;
}

/* The role, and beside it nothing that was said. */
bool chat_relay_begins(struct aip_arena *arena, struct aip_str json)
{
	struct aip_json *doc;

	if (aip_json_parse(arena, json, &doc, NULL))
		return false;
	const struct aip_json *choices = aip_json_some(doc, "choices");
	AIP_JSON_EACH (choice, choices)
		if (!codec_all_silent(choice, "index delta") ||
		    !codec_all_silent(aip_json_some(choice, "delta"), "role"))
			return false;
	return choices && choices->child && !aip_json_some(doc, "error");
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
	.relay_ask = chat_relay_ask,
	.relay_extra = chat_relay_extra,
	.relay_begins = chat_relay_begins,
};
