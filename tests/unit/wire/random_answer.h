/* Random answers: streams of events as the decoder of a dialect may give them. */
#ifndef TESTS_UNIT_WIRE_RANDOM_ANSWER_H
#define TESTS_UNIT_WIRE_RANDOM_ANSWER_H

#include "random.h"

/* ---- Figures -------------------------------------------------------------------------------- */

/* Cumulative: what grows does so with `sofar`. */
static inline struct aip_usage random_figures(struct dice *dice, enum aip_dialect from,
                                              uint32_t sofar)
{
	struct aip_usage usage;

	aip_usage_init(&usage);
	usage.in_total = 1000;
	usage.out_total = 50 + sofar;
	usage.cache_read = seldom(dice, 3) ? -1 : 300;
	usage.reasoning = seldom(dice, 3) ? -1 : 5;
	if (from != AIP_GEMINI && seldom(dice, 2))
		usage.cache_write = 120;
	if (from == AIP_CLAUDE && usage.cache_write >= 0 && seldom(dice, 2)) {
		usage.cache_write_5m = 100;
		usage.cache_write_1h = 20;
	}
	if (from == AIP_CLAUDE && seldom(dice, 3)) {
		usage.searches = 2;
		usage.fetches = seldom(dice, 2) ? 1 : -1;
	}
	if (from == AIP_GEMINI && seldom(dice, 3))
		usage.tool_in = 40;
	if ((from == AIP_CHAT || from == AIP_GEMINI) && seldom(dice, 3)) {
		usage.audio_in = 7;
		usage.audio_out = 9;
	}
	if (from == AIP_CHAT && seldom(dice, 3)) {
		usage.pred_accepted = 3;
		usage.pred_rejected = 0;
	}
	return usage;
}

/* ---- A stream in the making ----------------------------------------------------------------- */

/* What is open of a candidate: one block that speaks, and calls beside it. */
struct random_open {
	enum aip_part_kind kind; /* AIP_UNKNOWN_PART: none */
	uint32_t block;
	bool sealed;         /* its opaque value was told */
	bool summarised;     /* a thought of summaries */
	uint32_t part;       /* of the summary */
	struct aip_str rest; /* of its arguments */
	uint32_t chars;      /* of its text */
	bool marked;         /* something stands beside it: it ends before anything else begins */
	bool crossed;        /* a call began beside it: nothing more stands there */
};

#define RANDOM_OPEN  3
#define RANDOM_LANES 3

struct random_stream {
	struct dice *dice;
	struct aip_stream_guard *guard;
	enum aip_dialect from;
	uint32_t next;
	uint32_t lanes;
	uint32_t lane; /* whose turn it is */
	struct random_open open[RANDOM_LANES][RANDOM_OPEN];
	bool spoken[RANDOM_LANES]; /* a sound was told */
	uint32_t calls;
	struct aip_usage usage; /* every snapshot tells the same, and more words */
};

static inline enum aip_status random_tell(struct random_stream *s, struct aip_event event)
{
	const bool of_a_lane = event.kind == AIP_EV_BLOCK_START || event.kind == AIP_EV_DELTA ||
	                       event.kind == AIP_EV_BLOCK_STOP || event.kind == AIP_EV_FINISH;

	event.candidate = of_a_lane ? s->lane : 0;
	return aip_stream_guard_emit(s->guard, &event, NULL);
}

static inline enum aip_status random_begin(struct random_stream *s, uint32_t block,
                                           const struct aip_part *part)
{
	return random_tell(
		s, (struct aip_event){.kind = AIP_EV_BLOCK_START, .block = block, .part = part});
}

static inline enum aip_status random_end(struct random_stream *s, uint32_t block,
                                         const struct aip_part *part)
{
	return random_tell(
		s, (struct aip_event){.kind = AIP_EV_BLOCK_STOP, .block = block, .part = part});
}

static inline enum aip_status random_stop(struct random_stream *s, uint32_t at)
{
	struct random_open *open = &s->open[s->lane][at];
	enum aip_status status = AIP_OK;

	if (open->kind == AIP_UNKNOWN_PART)
		return AIP_OK;
	if (open->rest.len)
		status = random_tell(s, (struct aip_event){.kind = AIP_EV_DELTA,
		                                           .block = open->block,
		                                           .delta = AIP_DELTA_ARGS,
		                                           .text = open->rest});
	open->kind = AIP_UNKNOWN_PART;
	return status ? status : random_end(s, open->block, NULL);
}

/* ---- What speaks ---------------------------------------------------------------------------- */

static inline enum aip_status random_speaks(struct random_stream *s)
{
	static const enum aip_part_kind kinds[] = {AIP_TEXT,
	                                           AIP_TEXT,
	                                           AIP_TEXT,
	                                           AIP_THINKING,
	                                           AIP_THINKING,
	                                           AIP_REFUSAL,
	                                           AIP_REDACTED_THINKING};
	struct random_open *open = &s->open[s->lane][0];
	enum aip_status status = random_stop(s, 0);
	struct aip_part *part = aip_part_new(s->dice->arena, PICK(s->dice, kinds));

	*open = (struct random_open){.kind = part->kind, .block = s->next++};
	if (part->kind == AIP_REDACTED_THINKING) {
		open->sealed = true;
		part->opaque = random_opaque(s->dice, part->kind);
		part->opaque->vendor = AIP_VENDOR_ANTHROPIC;
		part->opaque->kind = AIP_OPAQUE_REDACTED;
		part->opaque->item_id = AIP_NONE;
	}
	if (part->kind == AIP_THINKING && s->from == AIP_RESPONSES && roll(s->dice, 3))
		open->summarised = part->thinking->has_summary = true;
	return status ? status : random_begin(s, open->block, part);
}

static inline enum aip_status random_call(struct random_stream *s, uint32_t at)
{
	struct random_open *open = &s->open[s->lane][at];
	enum aip_status status = random_stop(s, at);
	struct aip_part *part = aip_part_new(s->dice->arena, AIP_TOOL_CALL);

	if (!status && s->open[s->lane][0].marked)
		status = random_stop(s, 0);
	const bool custom = seldom(s->dice, 6);

	part->call->kind = custom ? AIP_CALL_CUSTOM : AIP_CALL_FUNCTION;
	part->call->name = custom             ? AIP_LIT("run_code")
	                   : roll(s->dice, 2) ? AIP_LIT("get_weather")
	                                      : AIP_LIT("f");
	part->call->id = aip_arena_printf(s->dice->arena, "call_%u", s->calls++);
	*open = (struct random_open){.kind = AIP_TOOL_CALL, .block = s->next++};
	open->rest = custom ? random_words(s->dice) : random_args(s->dice);
	s->open[s->lane][0].crossed = true;
	return status ? status : random_begin(s, open->block, part);
}

static inline enum aip_status random_seal(struct random_stream *s, struct random_open *open)
{
	struct aip_part *part = aip_part_new(s->dice->arena, open->kind);

	open->sealed = true;
	part->opaque = random_opaque(s->dice, open->kind);
	return random_tell(s, (struct aip_event){.kind = AIP_EV_DELTA,
	                                         .block = open->block,
	                                         .delta = AIP_DELTA_OPAQUE,
	                                         .part = part});
}

/* What stands beside a text as its dialect tells of it. */
static inline struct aip_citation *random_citation(struct random_stream *s, uint32_t chars)
{
	static const char *const urls[] = {"https://a.example/x?y=1&z=\"2\"", "https://b.example/",
	                                   "https://caf\u00e9.example/\u2028"};
	static const char *const of_claude[] = {
		("{\"type\":\"char_location\",\"cited_text\":\"t\",\"document_index\":0,"
	         "\"document_title\":null,\"start_char_index\":1,\"end_char_index\":2}"),
		("{\"type\":\"page_location\",\"cited_text\":\"t\",\"document_index\":1,"
	         "\"document_title\":\"d\",\"start_page_number\":1,\"end_page_number\":2}"),
	};
	struct aip_citation *citation = aip_citation_new(s->dice->arena);

	citation->url = aip_str(PICK(s->dice, urls));
	citation->title = roll(s->dice, 4) ? random_words(s->dice) : AIP_LIT("");
	citation->start = citation->end = citation->doc_index = -1;
	citation->doc_start = citation->doc_end = -1;
	if (s->from == AIP_CLAUDE && seldom(s->dice, 2)) {
		citation->kind = AIP_CITE_DOC_CHAR;
		citation->url = AIP_NONE;
		citation->dialect = AIP_CLAUDE;
		citation->raw = aip_str(PICK(s->dice, of_claude));
	} else if (s->from != AIP_CLAUDE && chars && roll(s->dice, 4)) {
		citation->start = roll(s->dice, chars);
		citation->end =
			citation->start + 1 + roll(s->dice, chars - (uint32_t)citation->start);
	}
	if (s->from == AIP_CLAUDE && !citation->raw.len)
		citation->cited_text = random_words(s->dice);
	return citation;
}

static inline enum aip_status random_mark(struct random_stream *s, struct random_open *open)
{
	static const char *const probabilities[] = {
		("[{\"token\":\"a\",\"logprob\":-0.10,\"bytes\":[97],\"top_logprobs\":[{\"token\":"
	         "\"b\",\"logprob\":-1e-400,\"bytes\":null}]}]"),
		("[{\"token\":\"\\ud83d\",\"logprob\":-9999.0,\"bytes\":null,\"top_logprobs\":[]},"
	         "{\"token\":\"\",\"logprob\":0,\"bytes\":[],\"top_logprobs\":[]}]"),
	};
	struct aip_event event = {.kind = AIP_EV_DELTA, .block = open->block};

	open->marked = true;
	if (open->kind == AIP_TEXT && open->chars && s->from != AIP_CLAUDE && seldom(s->dice, 2)) {
		event.delta = AIP_DELTA_LOGPROBS;
		event.raw = aip_str(PICK(s->dice, probabilities));
		return random_tell(s, event);
	}
	if (open->kind != AIP_TEXT || !open->chars)
		return AIP_OK;
	event.delta = AIP_DELTA_CITATION;
	event.citation = random_citation(s, open->chars);
	return random_tell(s, event);
}

static inline uint32_t random_points(struct aip_str text)
{
	uint32_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += ((unsigned char)text.at[i] & 0xc0) != 0x80;
	return n;
}

/* Pieces are text too: none ends inside a character. */
static inline struct aip_str random_piece(struct dice *dice, struct aip_str *rest)
{
	size_t n = rest->len ? 1 + roll(dice, (uint32_t)rest->len) : 0;

	while (n < rest->len && ((unsigned char)rest->at[n] & 0xc0) == 0x80)
		n++;
	const struct aip_str piece = aip_strn(rest->at, n);
	*rest = aip_strn(rest->at + n, rest->len - n);
	return piece;
}

static inline enum aip_status random_delta(struct random_stream *s, struct random_open *open)
{
	struct aip_event event = {.kind = AIP_EV_DELTA, .block = open->block};
	const bool seals = !open->sealed && seldom(s->dice, 5);

	switch (open->kind) {
	case AIP_TEXT: event.delta = AIP_DELTA_TEXT; break;
	case AIP_THINKING:
		event.delta = open->summarised ? AIP_DELTA_SUMMARY : AIP_DELTA_THINK;
		break;
	case AIP_REFUSAL: event.delta = AIP_DELTA_REFUSAL; break;
	case AIP_TOOL_CALL: event.delta = AIP_DELTA_ARGS; break;
	default: return AIP_OK;
	}
	if (open->kind == AIP_TEXT && !open->crossed && seldom(s->dice, 5))
		return random_mark(s, open);
	if ((open->kind == AIP_THINKING || open->kind == AIP_TOOL_CALL) && seals)
		return random_seal(s, open);
	if (open->kind == AIP_THINKING && open->sealed)
		return AIP_OK;
	event.text = open->kind == AIP_TOOL_CALL ? random_piece(s->dice, &open->rest)
	                                         : random_words(s->dice);
	open->chars += random_points(event.text);
	open->part += open->summarised && seldom(s->dice, 3);
	event.index = open->part;
	return random_tell(s, event);
}

/* ---- What comes in one piece ---------------------------------------------------------------- */

static inline struct aip_str random_bytes(struct dice *dice)
{
	return aip_base64(dice->arena, random_words(dice));
}

static inline enum aip_status random_image(struct random_stream *s)
{
	struct aip_part *part = aip_part_new(s->dice->arena, AIP_IMAGE);
	const uint32_t block = s->next++;
	struct aip_event data = {.kind = AIP_EV_DELTA, .block = block, .delta = AIP_DELTA_IMAGE};
	enum aip_status status = random_stop(s, 0);

	part->media->source = AIP_FROM_BASE64;
	part->media->mime = AIP_LIT("image/png");
	status = status ? status : random_begin(s, block, part);
	for (uint32_t n = 1 + (s->from == AIP_RESPONSES ? roll(s->dice, 2) : 0); n && !status;
	     n--) {
		data.text = random_bytes(s->dice);
		data.index = n - 1; /* the picture itself comes last */
		status = random_tell(s, data);
	}
	return status ? status : random_end(s, block, NULL);
}

/* Of Chat: an id, words and bytes in pieces, an end of its life. Of Gemini: bytes alone. */
static inline enum aip_status random_sound(struct random_stream *s)
{
	struct aip_part *part = aip_part_new(s->dice->arena, AIP_AUDIO);
	struct aip_part *last = aip_part_new(s->dice->arena, AIP_AUDIO);
	const uint32_t block = s->next++;
	struct aip_event data = {.kind = AIP_EV_DELTA, .block = block, .delta = AIP_DELTA_AUDIO};
	const bool chat = s->from == AIP_CHAT;
	enum aip_status status = random_stop(s, 0);

	part->media->source = AIP_FROM_BASE64;
	part->media->mime = AIP_LIT("audio/wav");
	part->media->id = chat ? AIP_LIT("audio_1") : AIP_NONE;
	last->media->expires_at = AIP_LIT("1760003600");
	status = status ? status : random_begin(s, block, part);
	for (uint32_t n = chat ? roll(s->dice, 3) : 0; n && !status; n--) {
		data.transcript = random_words(s->dice);
		status = random_tell(s, data);
	}
	data.transcript = AIP_NONE;
	data.text = random_bytes(s->dice);
	status = status ? status : random_tell(s, data);
	return status ? status : random_end(s, block, chat ? last : NULL);
}

struct random_vendor {
	enum aip_part_kind kind;
	enum aip_server_tool tool;
	const char *id, *name, *input, *results;
	const char *raw;
};

/* What a vendor did itself, and items nobody knows, in the vendor's words. */
static inline const struct random_vendor *random_vendor(struct random_stream *s)
{
	static const struct random_vendor of_claude[] = {
		{AIP_SERVER_CALL, AIP_SERVER_WEB_SEARCH, "srvtoolu_1", "web_search",
	         "{\"query\": \"caf\u00e9 \\\"q\\\"\"}", NULL,
	         ("{\"type\":\"server_tool_use\",\"id\":\"srvtoolu_1\",\"name\":\"web_search\","
	          "\"input\":{\"query\": \"caf\u00e9 \\\"q\\\"\"}}")},
		{AIP_SERVER_RESULT, AIP_SERVER_WEB_SEARCH, "srvtoolu_1", NULL, NULL,
	         ("[{\"type\":\"web_search_result\",\"url\":\"https://a.example/\",\"title\":\"A\","
	          "\"encrypted_content\":\"x==\",\"page_age\":null}]"),
	         ("{\"type\":\"web_search_tool_result\",\"tool_use_id\":\"srvtoolu_1\",\"content\":"
	          "["
	          "{\"type\":\"web_search_result\",\"url\":\"https://a.example/\",\"title\":\"A\","
	          "\"encrypted_content\":\"x==\",\"page_age\":null}]}")},
		{AIP_SERVER_CALL, AIP_SERVER_CODE_EXECUTION, "srvtoolu_2", "code_execution",
	         "{\"code\":\"print(1)\\n\"}", NULL,
	         ("{\"type\":\"server_tool_use\",\"id\":\"srvtoolu_2\",\"name\":\"code_execution\","
	          "\"input\":{\"code\":\"print(1)\\n\"}}")},
		{AIP_UNKNOWN_PART, AIP_SERVER_NONE, NULL, NULL, NULL, NULL,
	         "{\"type\":\"container_upload\",\"file_id\":\"file_1\"}"},
	};
	static const struct random_vendor of_responses[] = {
		{AIP_SERVER_CALL, AIP_SERVER_WEB_SEARCH, "ws_1", "web_search_call", NULL, NULL,
	         ("{\"id\":\"ws_%u\",\"type\":\"web_search_call\",\"status\":\"completed\","
	          "\"action\":{"
	          "\"type\":\"search\",\"query\":\"q\",\"sources\":[{\"type\":\"url\",\"url\":"
	          "\"https://a.example/\"}]}}")},
		{AIP_SERVER_CALL, AIP_SERVER_CODE_EXECUTION, "ci_1", "code_interpreter_call", NULL,
	         NULL,
	         ("{\"id\":\"ci_%u\",\"type\":\"code_interpreter_call\",\"status\":\"completed\","
	          "\"code\":\"print(1)\",\"container_id\":\"cntr_1\",\"outputs\":[{\"type\":"
	          "\"logs\","
	          "\"logs\":\"1\\n\"}]}")},
		{AIP_SERVER_CALL, AIP_SERVER_FILE_SEARCH, "fs_1", "file_search_call", NULL, NULL,
	         ("{\"id\":\"fs_%u\",\"type\":\"file_search_call\",\"status\":\"completed\","
	          "\"queries\":[\"q\"],\"results\":null}")},
		{AIP_COMPACTION, AIP_SERVER_NONE, NULL, NULL, NULL, NULL,
	         "{\"id\":\"cmp_%u\",\"type\":\"compaction\",\"encrypted_content\":\"x==\"}"},
	};
	static const struct random_vendor of_gemini[] = {
		{AIP_SERVER_CALL, AIP_SERVER_CODE_EXECUTION, NULL, "executableCode",
	         "{\"language\":\"PYTHON\",\"code\":\"print(1)\\n\"}", NULL,
	         "{\"executableCode\":{\"language\":\"PYTHON\",\"code\":\"print(1)\\n\"}}"},
		{AIP_SERVER_RESULT, AIP_SERVER_CODE_EXECUTION, NULL, "codeExecutionResult", NULL,
	         "{\"outcome\":\"OUTCOME_OK\",\"output\":\"1\\n\"}",
	         "{\"codeExecutionResult\":{\"outcome\":\"OUTCOME_OK\",\"output\":\"1\\n\"}}"},
	};

	switch (s->from) {
	case AIP_CLAUDE: return &PICK(s->dice, of_claude);
	case AIP_RESPONSES: return &PICK(s->dice, of_responses);
	case AIP_GEMINI: return &PICK(s->dice, of_gemini);
	default: return NULL;
	}
}

/* Items of Responses have ids, one each: the number in the row's stands for any. */
static inline struct aip_str random_raw(const struct random_stream *s, const char *raw)
{
	const char *number = strstr(raw, "%u");

	if (!number)
		return aip_str(raw);
	return aip_arena_printf(s->dice->arena, "%.*s%u%s", (int)(number - raw), raw, s->next,
	                        number + 2);
}

static inline struct aip_part *random_vendor_part(struct random_stream *s,
                                                  const struct random_vendor *row)
{
	struct aip_part *part = aip_part_new(s->dice->arena, row->kind);
	const struct aip_str raw = random_raw(s, row->raw);

	part->dialect = s->from;
	part->raw = raw;
	if (row->kind != AIP_SERVER_CALL && row->kind != AIP_SERVER_RESULT)
		return part;
	part->raw = AIP_NONE;
	*part->server = (struct aip_server_part){
		.tool = row->tool,
		.id = aip_str(row->id),
		.name = aip_str(row->name),
		.input = aip_str(row->input),
		.results = aip_str(row->results),
		.dialect = s->from,
		.raw = raw,
	};
	return part;
}

/* Google's own search has no block of its own in any dialect: it is told by what it was asked. */
static inline enum aip_status random_search(struct random_stream *s)
{
	struct aip_part *part = aip_part_new(s->dice->arena, AIP_SERVER_CALL);
	const uint32_t block = s->next++;

	*part->server = (struct aip_server_part){
		.tool = AIP_SERVER_WEB_SEARCH,
		.id = aip_arena_printf(s->dice->arena, "search_%u", block),
		.name = AIP_LIT("web_search"),
		.input = AIP_LIT("{\"query\":\"caf\u00e9 \\\"q\\\"\"}"),
		.results = AIP_LIT("[{\"url\":\"https://a.example/\",\"title\":\"A\"}]"),
		.is_error = AIP_NO,
	};
	enum aip_status status = random_begin(s, block, part);
	return status ? status : random_end(s, block, part);
}

static inline enum aip_status random_vendors(struct random_stream *s)
{
	enum aip_status status = random_stop(s, 0);

	if (s->from == AIP_CHAT || status)
		return status;
	if (s->from == AIP_GEMINI && seldom(s->dice, 3))
		return random_search(s);
	struct aip_part *part = random_vendor_part(s, random_vendor(s));
	const uint32_t block = s->next++;
	status = random_begin(s, block, part);
	return status ? status : random_end(s, block, part->kind == AIP_SERVER_CALL ? part : NULL);
}

static inline enum aip_status random_blob(struct random_stream *s)
{
	const bool silent = s->from == AIP_CLAUDE || s->from == AIP_RESPONSES;

	if (s->from == AIP_CLAUDE)
		return AIP_OK;
	if (silent || s->spoken[s->lane] || seldom(s->dice, 2))
		return random_image(s);
	s->spoken[s->lane] = s->from == AIP_CHAT; /* it has room for one */
	return random_sound(s);
}

/* ---- The whole ------------------------------------------------------------------------------ */

static inline enum aip_status random_usage(struct random_stream *s, uint32_t sofar)
{
	s->usage.out_total = 50 + sofar;
	return random_tell(s, (struct aip_event){.kind = AIP_EV_USAGE, .usage = &s->usage});
}

static inline enum aip_status random_step(struct random_stream *s, uint32_t sofar)
{
	const uint32_t at = roll(s->dice, RANDOM_OPEN);

	s->lane = roll(s->dice, s->lanes);
	switch (roll(s->dice, 13)) {
	case 0:
	case 1: return random_speaks(s);
	case 2: return random_call(s, 1 + roll(s->dice, 2));
	case 3: return random_stop(s, at);
	case 4: return random_usage(s, sofar);
	case 5: return random_tell(s, (struct aip_event){.kind = AIP_EV_PING});
	case 6: return random_vendors(s);
	case 7: return random_blob(s);
	default:
		return s->open[s->lane][at].kind == AIP_UNKNOWN_PART
		               ? AIP_OK
		               : random_delta(s, &s->open[s->lane][at]);
	}
}

static inline enum aip_status random_start(struct random_stream *s)
{
	static const char *const ids[] = {"msg_0123456789", "chatcmpl-0", "resp_0123456789", "x"};
	static const char *const tiers[] = {"", "standard", "priority", "flex"};

	return random_tell(
		s, (struct aip_event){
			   .kind = AIP_EV_START,
			   .id = aip_str(PICK(s->dice, ids)),
			   .model_name = AIP_LIT("m1"),
			   .service_tier = aip_str(PICK(s->dice, tiers)),
			   .system_fingerprint = s->from == AIP_CHAT ? AIP_LIT("fp_1") : AIP_NONE,
			   .created_s = 1760000000,
		   });
}

/* A call that is open when tokens run out, or words fail, is cut: nothing more is heard of it. */
static inline enum aip_status random_finish(struct random_stream *s, uint32_t lane)
{
	static const enum aip_stop stops[] = {AIP_STOP_END_TURN,       AIP_STOP_END_TURN,
	                                      AIP_STOP_SEQUENCE,       AIP_STOP_MAX_TOKENS,
	                                      AIP_STOP_MAX_TOKENS,     AIP_STOP_PAUSE_TURN,
	                                      AIP_STOP_CONTENT_FILTER, AIP_STOP_REFUSAL,
	                                      AIP_STOP_CONTEXT_WINDOW, AIP_STOP_OTHER};
	struct aip_part *more = aip_part_new(s->dice->arena, AIP_UNKNOWN_PART);
	struct aip_event finish = {.kind = AIP_EV_FINISH, .stop = PICK(s->dice, stops)};
	const bool breaks = finish.stop == AIP_STOP_MAX_TOKENS ||
	                    finish.stop == AIP_STOP_CONTENT_FILTER ||
	                    finish.stop == AIP_STOP_REFUSAL;
	const bool cuts = breaks && seldom(s->dice, 2);
	enum aip_status status = AIP_OK;

	s->lane = lane;
	for (uint32_t at = 0; at < RANDOM_OPEN && !status && !cuts; at++)
		status = random_stop(s, at);
	if (finish.stop == AIP_STOP_SEQUENCE && s->from == AIP_CLAUDE)
		finish.stop_sequence = AIP_LIT("###\n");
	if (s->from == AIP_CLAUDE && seldom(s->dice, 3)) {
		more->ext = aip_ext_new(s->dice->arena, AIP_CLAUDE, AIP_LIT("container"),
		                        AIP_LIT("{\"id\":\"container_1\",\"expires_at\":\"x\"}"));
		finish.part = more;
	}
	if (s->from == AIP_GEMINI && seldom(s->dice, 3))
		finish.safety = AIP_LIT("[{\"category\":\"HARM_CATEGORY_HARASSMENT\","
		                        "\"probability\":\"NEGLIGIBLE\"}]");
	return status ? status : random_tell(s, finish);
}

/* The upstream breaks off: nothing after it is heard. */
static inline enum aip_status random_failure(struct random_stream *s)
{
	struct aip_error error;

	aip_fail(&error, seldom(s->dice, 2) ? AIP_OVERLOADED : AIP_UPSTREAM_BROKEN,
	         "it broke \"off\"\n\xc3\xa9");
	return random_tell(s, (struct aip_event){.kind = AIP_EV_ERROR, .error = &error});
}

static inline void random_stream_open(struct random_stream *s, struct dice *dice,
                                      enum aip_dialect from, struct aip_sink into)
{
	const bool many = (from == AIP_CHAT || from == AIP_GEMINI) && seldom(dice, 4);

	*s = (struct random_stream){
		.dice = dice,
		.guard = aip_stream_guard_new(dice->arena, into),
		.from = from,
		.next = roll(dice, 3),
		.lanes = many ? 2 + roll(dice, RANDOM_LANES - 1) : 1,
		.usage = random_figures(dice, from, 0),
	};
	for (uint32_t lane = 0; lane < RANDOM_LANES; lane++)
		for (uint32_t at = 0; at < RANDOM_OPEN; at++)
			s->open[lane][at].kind = AIP_UNKNOWN_PART;
}

/* One answer, START to END, in the order that a decoder of the dialect promises; `may_fail`: or to
 * an error. */
static inline enum aip_status random_answer(struct dice *dice, enum aip_dialect from, bool may_fail,
                                            struct aip_sink into)
{
	struct random_stream s;

	random_stream_open(&s, dice, from, into);
	const bool fails = may_fail && seldom(dice, 12);
	enum aip_status status = random_start(&s);
	for (uint32_t left = roll(dice, 24), i = 0; left && !status; left--, i++)
		status = random_step(&s, i);
	if (fails && !status)
		return random_failure(&s);
	if (!status && roll(dice, 4))
		status = random_usage(&s, 30);
	for (uint32_t lane = 0; lane < s.lanes && !status; lane++)
		status = random_finish(&s, lane);
	if (!status && seldom(dice, 4))
		status = random_usage(&s, 40);
	return status ? status : random_tell(&s, (struct aip_event){.kind = AIP_EV_END});
}

#endif
