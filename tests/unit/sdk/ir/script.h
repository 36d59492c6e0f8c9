/* Streams of events as one line of text, read and written, so that a test shows both sides:
 *
 *     start; text 0; 0=Hello; stop 0; usage 3 5; finish end_turn; end
 *
 *     text N, think N, refusal N, audio N, image N, redacted N, server N    a block starts
 *     call N name id      custom N name id        "-" for a missing name or id
 *     N=bytes             its delta                sig N=bytes               its opaque delta
 *     stop N              stop N=bytes             with the content in its part
 *     cut N               (written only) the stop of a call that is incomplete
 *     @1 in front of a statement: candidate 1 */
#ifndef TESTS_SDK_IR_SCRIPT_H
#define TESTS_SDK_IR_SCRIPT_H

#include <stdio.h>
#include <stdlib.h>

#include <aiproxy/rules.h>

#include "check.h"

static const struct {
	const char *word;
	enum aip_part_kind kind;
	enum aip_delta delta;
} script_kinds[] = {
	{"text", AIP_TEXT, AIP_DELTA_TEXT},
	{"think", AIP_THINKING, AIP_DELTA_THINK},
	{"refusal", AIP_REFUSAL, AIP_DELTA_REFUSAL},
	{"audio", AIP_AUDIO, AIP_DELTA_AUDIO},
	{"image", AIP_IMAGE, AIP_DELTA_IMAGE},
	{"redacted", AIP_REDACTED_THINKING, AIP_DELTA_RAW},
	{"server", AIP_SERVER_CALL, AIP_DELTA_ARGS},
	{"call", AIP_TOOL_CALL, AIP_DELTA_ARGS},
	{"custom", AIP_TOOL_CALL, AIP_DELTA_ARGS},
};
#define SCRIPT_KINDS (sizeof(script_kinds) / sizeof(script_kinds[0]))

static const char *const script_stops[] = {
	"unset",      "end_turn",       "stop_sequence",  "tool_use",
	"max_tokens", "context_window", "content_filter", "refusal",
	"pause_turn", "compaction",     "bad_tool_call",  "other",
};

struct script {
	struct aip_arena *arena;
	enum aip_part_kind kinds[4096]; /* of the blocks started, by number */
	bool custom[4096];
	struct aip_usage usage;
};

static inline struct aip_str script_word(struct aip_str *rest)
{
	struct aip_str trimmed = *rest;
	size_t n = 0;

	while (trimmed.len && trimmed.at[0] == ' ')
		trimmed = aip_strn(trimmed.at + 1, trimmed.len - 1);
	while (n < trimmed.len && trimmed.at[n] != ' ' && trimmed.at[n] != '=')
		n++;
	*rest = aip_strn(trimmed.at + n, trimmed.len - n);
	return aip_strn(trimmed.at, n);
}

static inline uint32_t script_number(struct aip_str word)
{
	int64_t n = -1;

	if (!aip_str_int(word, &n) || n < 0 || n >= 4096)
		fail_msg("no number: '%.*s'", AIP_FMT(word));
	return (uint32_t)n;
}

static inline struct aip_str script_bytes(struct aip_str rest)
{
	return rest.len && rest.at[0] == '=' ? aip_strn(rest.at + 1, rest.len - 1) : AIP_NONE;
}

static inline struct aip_str script_some(struct aip_str word)
{
	return aip_str_is(word, "-") ? AIP_NONE : word;
}

static inline struct aip_part *script_part(struct script *script, uint32_t block,
                                           struct aip_str content)
{
	struct aip_part *part = aip_part_new(script->arena, script->kinds[block]);

	if (part->call) {
		part->call->args = content;
		part->call->kind = script->custom[block] ? AIP_CALL_CUSTOM : AIP_CALL_FUNCTION;
	} else if (part->server) {
		part->server->input = content;
	} else if (part->media) {
		part->media->data = content;
	} else {
		part->text = content;
	}
	return part;
}

static inline bool script_start(struct script *script, struct aip_str word, struct aip_str rest,
                                struct aip_event *event)
{
	size_t k = 0;

	while (k < SCRIPT_KINDS && !aip_str_is(word, script_kinds[k].word))
		k++;
	if (k == SCRIPT_KINDS)
		return false;
	event->kind = AIP_EV_BLOCK_START;
	event->block = script_number(script_word(&rest));
	script->kinds[event->block] = script_kinds[k].kind;
	script->custom[event->block] = aip_str_is(word, "custom");
	struct aip_part *part = script_part(script, event->block, AIP_NONE);
	if (part->call) {
		part->call->name = script_some(script_word(&rest));
		part->call->id = script_some(script_word(&rest));
	}
	event->part = part;
	return true;
}

static inline void script_finish(struct aip_str rest, struct aip_event *event)
{
	struct aip_str word = script_word(&rest);

	event->kind = AIP_EV_FINISH;
	for (size_t i = 0; i < sizeof(script_stops) / sizeof(script_stops[0]); i++) {
		if (aip_str_is(word, script_stops[i]))
			event->stop = (enum aip_stop)i;
	}
}

static inline void script_usage(struct script *script, struct aip_str rest, struct aip_event *event)
{
	int64_t in = -1, out = -1;

	event->kind = AIP_EV_USAGE;
	CHECK(aip_str_int(script_word(&rest), &in));
	CHECK(aip_str_int(script_word(&rest), &out));
	aip_usage_init(&script->usage);
	script->usage.in_total = in;
	script->usage.out_total = out;
	event->usage = &script->usage;
}

static inline void script_opaque(struct script *script, struct aip_str rest,
                                 struct aip_event *event)
{
	event->kind = AIP_EV_DELTA;
	event->delta = AIP_DELTA_OPAQUE;
	event->block = script_number(script_word(&rest));
	struct aip_part *part = aip_part_new(script->arena, script->kinds[event->block]);
	part->opaque = aip_opaque_new(script->arena);
	part->opaque->data = script_bytes(rest);
	event->part = part;
}

static inline void script_delta(struct script *script, struct aip_str word, struct aip_str rest,
                                struct aip_event *event)
{
	event->kind = AIP_EV_DELTA;
	event->block = script_number(word);
	event->text = script_bytes(rest);
	for (size_t k = 0; k < SCRIPT_KINDS; k++) {
		if (script_kinds[k].kind == script->kinds[event->block])
			event->delta = script_kinds[k].delta;
	}
}

/* One statement as an event. */
static inline struct aip_event script_event(struct script *script, struct aip_str statement)
{
	static const struct {
		const char *word;
		enum aip_event_kind kind;
	} plain[] = {
		{"start", AIP_EV_START}, {"ping", AIP_EV_PING},     {"end", AIP_EV_END},
		{"error", AIP_EV_ERROR}, {"tokens", AIP_EV_TOKENS},
	};
	static const struct aip_error broken = {.status = AIP_UPSTREAM_ERROR};
	struct aip_str rest = statement, word;
	struct aip_event event = {.error = &broken};

	if (rest.len && rest.at[0] == '@') {
		rest = aip_strn(rest.at + 1, rest.len - 1);
		event.candidate = script_number(script_word(&rest));
	}
	word = script_word(&rest);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (aip_str_is(word, plain[i].word)) {
			event.kind = plain[i].kind;
			event.id = AIP_LIT("r1");
			return event;
		}
	}
	if (script_start(script, word, rest, &event))
		return event;
	if (aip_str_is(word, "finish")) {
		script_finish(rest, &event);
	} else if (aip_str_is(word, "usage")) {
		script_usage(script, rest, &event);
	} else if (aip_str_is(word, "sig")) {
		script_opaque(script, rest, &event);
	} else if (aip_str_is(word, "stop")) {
		event.kind = AIP_EV_BLOCK_STOP;
		event.block = script_number(script_word(&rest));
		if (script_bytes(rest).at)
			event.part = script_part(script, event.block, script_bytes(rest));
	} else {
		script_delta(script, word, rest, &event);
	}
	return event;
}

/* Gives each statement of a line to `emit` until one fails. */
static inline enum aip_status
script_play(struct script *script, const char *line,
            enum aip_status (*emit)(void *to, const struct aip_event *event), void *to)
{
	struct aip_str rest = aip_str(line);
	enum aip_status s = AIP_OK;

	while (rest.len && !s) {
		ptrdiff_t at = aip_str_find(rest, AIP_LIT("; "));
		size_t n = at < 0 ? rest.len : (size_t)at;
		struct aip_event event = script_event(script, aip_strn(rest.at, n));
		s = emit(to, &event);
		n = at < 0 ? n : n + 2;
		rest = aip_strn(rest.at + n, rest.len - n);
	}
	return s;
}

/* ---- Writing ------------------------------------------------------------------------------ */

struct trace {
	struct aip_buf line;
	bool custom_seen;
};

static inline void trace_start(struct trace *trace, const struct aip_event *event)
{
	const struct aip_tool_call *call = event->part->call;
	size_t k = 0;

	while (script_kinds[k].kind != event->part->kind)
		k++;
	if (!call)
		aip_buf_addf(&trace->line, "%s %u", script_kinds[k].word, event->block);
	else
		aip_buf_addf(&trace->line, "%s %u %.*s %.*s",
		             call->kind == AIP_CALL_CUSTOM ? "custom" : "call", event->block,
		             AIP_FMT(call->name), AIP_FMT(call->id));
}

static inline void trace_delta(struct trace *trace, const struct aip_event *event)
{
	if (event->delta == AIP_DELTA_OPAQUE)
		aip_buf_addf(&trace->line, "sig %u=%.*s", event->block,
		             AIP_FMT(event->part->opaque->data));
	else
		aip_buf_addf(&trace->line, "%u=%.*s", event->block, AIP_FMT(event->text));
}

static inline enum aip_status trace_emit(void *to, const struct aip_event *event)
{
	struct trace *trace = to;

	if (trace->line.len)
		aip_buf_add(&trace->line, AIP_LIT("; "));
	if (event->candidate)
		aip_buf_addf(&trace->line, "@%u ", event->candidate);
	switch (event->kind) {
	case AIP_EV_START: aip_buf_add(&trace->line, AIP_LIT("start")); break;
	case AIP_EV_BLOCK_START: trace_start(trace, event); break;
	case AIP_EV_DELTA: trace_delta(trace, event); break;
	case AIP_EV_BLOCK_STOP:
		aip_buf_addf(&trace->line, "%s %u",
		             event->part && event->part->call && event->part->call->incomplete
		                     ? "cut"
		                     : "stop",
		             event->block);
		break;
	case AIP_EV_USAGE:
		aip_buf_addf(&trace->line, "usage %d %d", (int)event->usage->in_total,
		             (int)event->usage->out_total);
		break;
	case AIP_EV_FINISH:
		aip_buf_addf(&trace->line, "finish %s", script_stops[event->stop]);
		break;
	case AIP_EV_PING: aip_buf_add(&trace->line, AIP_LIT("ping")); break;
	case AIP_EV_ERROR: aip_buf_add(&trace->line, AIP_LIT("error")); break;
	case AIP_EV_END: aip_buf_add(&trace->line, AIP_LIT("end")); break;
	default: aip_buf_add(&trace->line, AIP_LIT("other")); break;
	}
	return AIP_OK;
}

#endif
