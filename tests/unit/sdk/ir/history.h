/* A request's history as one line of text, read and written, so that a test shows both sides:
 *
 *     u Weather? | a !get c1, !get c2 | t =c1 sunny, =c2 rain | u Thanks
 *
 *     s d u a t     system, developer, user, assistant, tool
 *     words         a text part, trimmed
 *     !name id      a call                =id text    =id:name text    a result; id may be missing
 *     ~words        thinking              #           an image
 *     a+ …          (written only) the turn is to be continued
 *     [ … ]         (written only) the system's texts, in front */
#ifndef TESTS_SDK_IR_HISTORY_H
#define TESTS_SDK_IR_HISTORY_H

#include <aiproxy/rules.h>

#include "check.h"

static inline struct aip_str history_cut(struct aip_str *rest, const char *at)
{
	ptrdiff_t found = aip_str_find(*rest, aip_str(at));
	struct aip_str front = found < 0 ? *rest : aip_strn(rest->at, (size_t)found);
	size_t used = found < 0 ? rest->len : (size_t)found + strlen(at);

	*rest = aip_strn(rest->at + used, rest->len - used);
	return aip_str_trim(front);
}

static inline struct aip_part *history_part(struct aip_arena *arena, struct aip_str text)
{
	struct aip_str rest = text.len ? aip_strn(text.at + 1, text.len - 1) : text;
	struct aip_part *part;

	switch (text.len ? text.at[0] : 0) {
	case '!':
		part = aip_part_new(arena, AIP_TOOL_CALL);
		part->call->name = history_cut(&rest, " ");
		part->call->id = rest.len ? rest : AIP_NONE;
		part->call->args = AIP_LIT("{}");
		return part;
	case '=': {
		struct aip_str id = history_cut(&rest, " ");
		part = aip_part_new(arena, AIP_TOOL_RESULT);
		part->result->call_id = history_cut(&id, ":");
		part->result->name = id.len ? id : AIP_NONE;
		part->result->parts = aip_part_new(arena, AIP_TEXT);
		part->result->parts->text = rest;
		return part;
	}
	case '~':
		part = aip_part_new(arena, AIP_THINKING);
		part->text = rest;
		return part;
	case '#': return aip_part_new(arena, AIP_IMAGE);
	default:
		part = aip_part_new(arena, AIP_TEXT);
		part->text = text;
		return part;
	}
}

static inline enum aip_role history_role(char letter)
{
	switch (letter) {
	case 's':
	case 'd': return AIP_ROLE_SYSTEM;
	case 'u': return AIP_ROLE_USER;
	case 'a': return AIP_ROLE_ASSISTANT;
	default: return AIP_ROLE_TOOL;
	}
}

static inline struct aip_request *history_read(struct aip_arena *arena, const char *line)
{
	struct aip_request *request = aip_request_new(arena);
	struct aip_str rest = aip_str(line);

	while (rest.len) {
		struct aip_str said = history_cut(&rest, " | ");
		struct aip_turn *turn = aip_turn_new(arena, history_role(said.at[0]));
		turn->developer = said.at[0] == 'd';
		said = aip_str_trim(aip_strn(said.at + 1, said.len - 1));
		while (said.len)
			AIP_APPEND(&turn->parts, history_part(arena, history_cut(&said, ", ")));
		AIP_APPEND(&request->turns, turn);
	}
	return request;
}

static inline void history_put_part(struct aip_buf *out, const struct aip_part *part)
{
	switch (part->kind) {
	case AIP_TEXT: aip_buf_add(out, part->text); break;
	case AIP_TOOL_CALL:
		aip_buf_addf(out, "!%.*s %.*s", AIP_FMT(part->call->name), AIP_FMT(part->call->id));
		break;
	case AIP_TOOL_RESULT:
		aip_buf_addf(out, "=%.*s:%.*s %.*s", AIP_FMT(part->result->call_id),
		             AIP_FMT(part->result->name), AIP_FMT(part->result->parts->text));
		break;
	case AIP_THINKING: aip_buf_addf(out, "~%.*s", AIP_FMT(part->text)); break;
	case AIP_IMAGE: aip_buf_add(out, AIP_LIT("#")); break;
	default: aip_buf_addf(out, "kind %d", (int)part->kind); break;
	}
}

static inline void history_put_parts(struct aip_buf *out, const struct aip_part *parts)
{
	for (const struct aip_part *part = parts; part; part = part->next) {
		aip_buf_add(out, part == parts ? AIP_LIT(" ") : AIP_LIT(", "));
		history_put_part(out, part);
	}
}

/* In the arena. */
static inline struct aip_str history_write(struct aip_arena *arena,
                                           const struct aip_request *request)
{
	static const char letters[] = {[AIP_ROLE_SYSTEM] = 's',
	                               [AIP_ROLE_USER] = 'u',
	                               [AIP_ROLE_ASSISTANT] = 'a',
	                               [AIP_ROLE_TOOL] = 't'};
	struct aip_buf out;

	aip_buf_init(&out, 1 << 20);
	if (request->system) {
		aip_buf_add(&out, AIP_LIT("["));
		history_put_parts(&out, request->system);
		aip_buf_add(&out, AIP_LIT(" ]"));
	}
	for (const struct aip_turn *turn = request->turns; turn; turn = turn->next) {
		if (out.len)
			aip_buf_add(&out, turn == request->turns ? AIP_LIT(" ") : AIP_LIT(" | "));
		aip_buf_add_byte(&out, turn->developer ? 'd' : letters[turn->role]);
		if (turn->prefill)
			aip_buf_add_byte(&out, '+');
		history_put_parts(&out, turn->parts);
	}
	struct aip_str line = aip_arena_dup(arena, aip_buf_str(&out));
	aip_buf_fini(&out);
	return line;
}

/* Makes a history canonical, compares, and does both again: nothing may change. */
static inline struct aip_repairs history_becomes(const char *in, const char *want)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_request *request = history_read(arena, in);
	struct aip_error error = {0};

	CHECK_INT_EQ(aip_request_canon(arena, request, &error), AIP_OK);
	struct aip_repairs repairs = request->repairs;
	for (int twice = 0; twice < 2; twice++) {
		CHECK_STR_EQ(history_write(arena, request), want);
		if (aip_request_check(request, &error))
			fail_msg("%s: %s", in, error.message);
		CHECK_INT_EQ(aip_request_canon(arena, request, &error), AIP_OK);
	}
	aip_arena_destroy(arena);
	return repairs;
}

#endif
