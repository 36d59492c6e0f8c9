/* Stream to whole answer and back. */
#include "script.h"

/* A response as one line, to compare. */
static void response_print(const struct aip_response *response, struct aip_buf *out)
{
	aip_buf_addf(out, "%.*s in=%d out=%d", AIP_FMT(response->id), (int)response->usage.in_total,
	             (int)response->usage.out_total);
	for (const struct aip_candidate *c = response->candidates; c; c = c->next) {
		aip_buf_addf(out, " | %u %s", c->index, script_stops[c->stop]);
		for (const struct aip_part *p = c->parts; p; p = p->next) {
			aip_buf_addf(out, ", %d:%.*s", (int)p->kind, AIP_FMT(p->text));
			if (p->opaque)
				aip_buf_addf(out, " sig(%.*s)", AIP_FMT(p->opaque->data));
			if (p->call)
				aip_buf_addf(out, "%.*s/%.*s(%.*s)%s", AIP_FMT(p->call->name),
				             AIP_FMT(p->call->id), AIP_FMT(p->call->args),
				             p->call->incomplete ? " cut" : "");
			if (p->media)
				aip_buf_addf(out, "%.*s~%.*s", AIP_FMT(p->media->data),
				             AIP_FMT(p->media->transcript));
			if (p->server)
				aip_buf_addf(out, "%.*s", AIP_FMT(p->server->input));
			if (p->logprobs.at)
				aip_buf_addf(out, " lp%.*s", AIP_FMT(p->logprobs));
			for (const struct aip_citation *q = p->citations; q; q = q->next)
				aip_buf_addf(out, " <%.*s>", AIP_FMT(q->url));
			const struct aip_part *sum = p->thinking ? p->thinking->summary : NULL;
			for (; sum; sum = sum->next)
				aip_buf_addf(out, " {%.*s}", AIP_FMT(sum->text));
		}
	}
}

static enum aip_status into_fold(void *to, const struct aip_event *event)
{
	return aip_fold_add(to, event);
}

static enum aip_status into_guard(void *to, const struct aip_event *event)
{
	return aip_stream_guard_emit(to, event, NULL);
}

static struct aip_response *folded(struct aip_arena *arena, const char *line)
{
	struct script *script = AIP_NEW(arena, struct script);
	struct aip_fold *fold = aip_fold_new(arena);
	struct aip_stream_guard *guard =
		aip_stream_guard_new(arena, (struct aip_sink){into_fold, fold});
	const struct aip_error *error = NULL;

	script->arena = arena;
	CHECK_INT_EQ(script_play(script, line, into_guard, guard), AIP_OK);
	struct aip_response *response = aip_fold_response(fold, &error);
	CHECK_PTR_EQ(error, NULL);
	return response;
}

TEST(a_stream_folds_into_its_answer)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{"start; text 0; 0=Hel; 0=lo; stop 0; usage 3 5; finish end_turn; end",
	         "r1 in=3 out=5 | 0 end_turn, 0:Hello"},
		{"start; think 0; 0=Hm; sig 0=Eq; stop 0; call 1 a c1; 1={\"x\":; call 2 b c2; "
	         "2={}; 1=1}; stop 1; stop 2; finish tool_use; usage 9 4; end",
	         "r1 in=9 out=4 | 0 tool_use, 7:Hm sig(Eq), 5:a/c1({\"x\":1}), 5:b/c2({})"},
		{"start; @1 text 0; @1 0=b; text 1; 1=a; finish end_turn; @1 finish max_tokens; "
	         "end",
	         "r1 in=-1 out=-1 | 0 end_turn, 0:a | 1 max_tokens, 0:b"},
		{"start; text 0; stop 0; finish end_turn; end", "r1 in=-1 out=-1 | 0 end_turn"},
		{"start; think 0; sig 0=Eq; stop 0; finish end_turn; end",
	         "r1 in=-1 out=-1 | 0 end_turn, 7: sig(Eq)"},
		{"start; call 0 f c; 0={\"a; finish max_tokens; end",
	         "r1 in=-1 out=-1 | 0 max_tokens, 5:f/c({\"a) cut"},
		/* done events tell more than the fragments did */
		{"start; call 0 f c; 0={\"a; stop 0={\"a\":1}; finish tool_use; end",
	         "r1 in=-1 out=-1 | 0 tool_use, 5:f/c({\"a\":1})"},
		{"start; image 0; 0=cGFydA==; 0=d2hvbGU=; stop 0; finish end_turn; end",
	         "r1 in=-1 out=-1 | 0 end_turn, 1:d2hvbGU=~"},
		{"start; audio 0; 0=YQ==; 0=Yg==; stop 0; finish end_turn; end",
	         "r1 in=-1 out=-1 | 0 end_turn, 3:YWI=~"},
		{"start; audio 0; 0=YW; 0=I=; stop 0; finish end_turn; end",
	         "r1 in=-1 out=-1 | 0 end_turn, 3:YWI=~"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aip_arena *arena = aip_arena_create();
		struct aip_buf got;
		aip_buf_init(&got, 1 << 16);
		response_print(folded(arena, rows[i].in), &got);
		CHECK_STR_EQ(aip_buf_str(&got), rows[i].want);
		aip_buf_fini(&got);
		aip_arena_destroy(arena);
	}
}

static void give(struct aip_fold *fold, struct aip_event event)
{
	CHECK_INT_EQ(aip_fold_add(fold, &event), AIP_OK);
}

/* The bytes of an event are gone when the fold is asked: they are overwritten here. */
TEST(summaries_citations_and_logprobs_are_collected_and_owned)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_fold *fold = aip_fold_new(arena);
	struct aip_citation *cite = aip_citation_new(arena);
	char bytes[8] = "one";
	struct aip_str lent = {bytes, 3};
	struct aip_buf got;

	cite->url = lent;
	give(fold, (struct aip_event){.kind = AIP_EV_START, .id = lent});
	give(fold, (struct aip_event){.kind = AIP_EV_BLOCK_START,
	                              .part = aip_part_new(arena, AIP_THINKING)});
	give(fold,
	     (struct aip_event){.kind = AIP_EV_DELTA, .delta = AIP_DELTA_SUMMARY, .text = lent});
	give(fold,
	     (struct aip_event){
		     .kind = AIP_EV_DELTA, .delta = AIP_DELTA_SUMMARY, .index = 1, .text = lent});
	give(fold, (struct aip_event){.kind = AIP_EV_BLOCK_STOP});
	give(fold, (struct aip_event){.kind = AIP_EV_BLOCK_START,
	                              .block = 1,
	                              .part = aip_part_new(arena, AIP_TEXT)});
	give(fold,
	     (struct aip_event){
		     .kind = AIP_EV_DELTA, .block = 1, .delta = AIP_DELTA_TEXT, .text = lent});
	give(fold, (struct aip_event){.kind = AIP_EV_DELTA,
	                              .block = 1,
	                              .delta = AIP_DELTA_CITATION,
	                              .citation = cite});
	give(fold, (struct aip_event){.kind = AIP_EV_DELTA,
	                              .block = 1,
	                              .delta = AIP_DELTA_LOGPROBS,
	                              .raw = AIP_LIT("[1]")});
	give(fold, (struct aip_event){.kind = AIP_EV_DELTA,
	                              .block = 1,
	                              .delta = AIP_DELTA_LOGPROBS,
	                              .raw = AIP_LIT("[2,3]")});
	give(fold, (struct aip_event){.kind = AIP_EV_BLOCK_STOP, .block = 1});
	give(fold, (struct aip_event){.kind = AIP_EV_FINISH, .stop = AIP_STOP_END_TURN});
	memset(bytes, 'x', sizeof(bytes));
	aip_buf_init(&got, 1 << 16);
	response_print(aip_fold_response(fold, NULL), &got);
	CHECK_STR_EQ(aip_buf_str(&got), "one in=-1 out=-1 | 0 end_turn, 7: {one} {one}, "
	                                "0:one lp[1,2,3] <one>");
	aip_buf_fini(&got);
	aip_arena_destroy(arena);
}

TEST(an_answer_beyond_the_ceiling_is_refused)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_fold *fold = aip_fold_new(arena);
	struct aip_str mib = {aip_arena_alloc(arena, 1 << 20), 1 << 20};
	struct aip_event delta = {.kind = AIP_EV_DELTA, .delta = AIP_DELTA_TEXT, .text = mib};
	enum aip_status s = AIP_OK;
	int taken = 0;

	give(fold,
	     (struct aip_event){.kind = AIP_EV_BLOCK_START, .part = aip_part_new(arena, AIP_TEXT)});
	for (; !s && taken < 100; taken++)
		s = aip_fold_add(fold, &delta);
	CHECK_INT_EQ(s, AIP_TOO_LARGE);
	CHECK_INT_EQ(taken, 65);
	aip_arena_destroy(arena);
}

TEST(the_last_error_is_kept)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_fold *fold = aip_fold_new(arena);
	struct aip_error error = {.status = AIP_OVERLOADED};
	const struct aip_error *kept = NULL;

	give(fold, (struct aip_event){.kind = AIP_EV_ERROR, .error = &error});
	error.status = AIP_OK;
	aip_fold_response(fold, &kept);
	CHECK(kept != NULL);
	CHECK_INT_EQ(kept->status, AIP_OVERLOADED);
	aip_arena_destroy(arena);
}

TEST(a_response_without_candidates_unfolds_to_a_legal_stream)
{
	struct aip_arena *arena = aip_arena_create();
	struct aip_response *response = aip_response_new(arena);
	struct trace trace = {0};

	aip_buf_init(&trace.line, 1 << 16);
	CHECK_INT_EQ(aip_unfold(response, (struct aip_sink){trace_emit, &trace}), AIP_OK);
	CHECK_STR_EQ(aip_buf_str(&trace.line), "start; finish end_turn; end");
	aip_buf_clear(&trace.line);
	response->block_reason = AIP_LIT("SAFETY");
	CHECK_INT_EQ(aip_unfold(response, (struct aip_sink){trace_emit, &trace}), AIP_OK);
	CHECK_STR_EQ(aip_buf_str(&trace.line), "start; finish content_filter; end");
	aip_buf_fini(&trace.line);
	aip_arena_destroy(arena);
}

/* ---- Random legal streams ----------------------------------------------------------------- */

static uint32_t dice(uint64_t *seed, uint32_t sides)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33) % sides;
}

static void random_block(uint64_t *seed, struct aip_buf *line, uint32_t candidate, uint32_t block)
{
	static const char *const kinds[] = {"text",   "think", "refusal", "call",
	                                    "custom", "image", "audio",   "server"};
	uint32_t kind = dice(seed, 8), deltas = dice(seed, 4);

	aip_buf_addf(line, "@%u %s %u", candidate, kinds[kind], block);
	if (kind == 3 || kind == 4)
		aip_buf_addf(line, " f%u %s", block, dice(seed, 3) ? "id" : "-");
	for (uint32_t i = 0; i < deltas; i++) {
		aip_buf_addf(line, "; @%u %u=%s", candidate, block,
		             kind == 3 || kind == 7 ? (i ? " " : "{}") : "YWFh");
		if (dice(seed, 8) == 0)
			aip_buf_addf(line, "; usage %u %u", dice(seed, 50), dice(seed, 50));
	}
	if (dice(seed, 3) == 0)
		aip_buf_addf(line, "; @%u sig %u=s%u", candidate, block, block);
	if (dice(seed, 4))
		aip_buf_addf(line, "; @%u stop %u", candidate, block);
	aip_buf_addf(line, "; ");
}

static void random_line(uint64_t *seed, struct aip_buf *line)
{
	uint32_t candidates = 1 + dice(seed, 2), blocks = dice(seed, 8);

	aip_buf_clear(line);
	aip_buf_addf(line, "start; ");
	for (uint32_t b = 0; b < blocks; b++)
		random_block(seed, line, dice(seed, candidates), b);
	for (uint32_t c = 0; c < candidates; c++)
		aip_buf_addf(line, "@%u finish %s; ", c, script_stops[1 + dice(seed, 11)]);
	aip_buf_addf(line, "end");
}

TEST(folding_what_was_unfolded_gives_the_same_answer)
{
	uint64_t seed = 20;
	struct aip_buf line, first, second;

	aip_buf_init(&line, 1 << 16);
	aip_buf_init(&first, 1 << 16);
	aip_buf_init(&second, 1 << 16);
	for (int round = 0; round < 2000; round++) {
		struct aip_arena *arena = aip_arena_create();
		random_line(&seed, &line);
		struct aip_response *response = folded(arena, line.at);
		struct aip_fold *again = aip_fold_new(arena);
		CHECK_INT_EQ(aip_unfold(response, (struct aip_sink){into_fold, again}), AIP_OK);
		aip_buf_clear(&first);
		aip_buf_clear(&second);
		response_print(response, &first);
		response_print(aip_fold_response(again, NULL), &second);
		CHECK_BYTES_EQ(aip_buf_str(&second), aip_buf_str(&first));
		aip_arena_destroy(arena);
	}
	aip_buf_fini(&line);
	aip_buf_fini(&first);
	aip_buf_fini(&second);
}

/* What the guard lets through of a stream with a statement lost, doubled or moved obeys the rules:
 * given to a second guard it passes unchanged. */
TEST(what_a_guard_lets_through_of_a_mutated_stream_is_legal)
{
	uint64_t seed = 77;
	struct aip_buf line;

	aip_buf_init(&line, 1 << 16);
	for (int round = 0; round < 2000; round++) {
		struct aip_arena *arena = aip_arena_create();
		struct script *script = AIP_NEW(arena, struct script);
		struct trace once = {0}, twice = {0};
		random_line(&seed, &line);
		size_t hole = dice(&seed, (uint32_t)line.len);
		while (hole < line.len && line.at[hole] != ';')
			hole++;
		size_t until = hole + 1;
		while (until < line.len && line.at[until] != ';')
			until++;
		if (until < line.len)
			memmove(line.at + hole, line.at + until, line.len - until + 1);
		aip_buf_init(&once.line, 1 << 16);
		aip_buf_init(&twice.line, 1 << 16);
		script->arena = arena;
		struct aip_stream_guard *guard =
			aip_stream_guard_new(arena, (struct aip_sink){trace_emit, &once});
		enum aip_status s = script_play(script, line.at, into_guard, guard);
		CHECK(s == AIP_OK || s == AIP_GUEST_BROKEN);
		if (!strstr(once.line.at ? once.line.at : "", "cut ")) {
			guard = aip_stream_guard_new(arena, (struct aip_sink){trace_emit, &twice});
			s = script_play(script, once.line.at ? once.line.at : "", into_guard,
			                guard);
			CHECK_INT_EQ(s, AIP_OK);
			CHECK_BYTES_EQ(aip_buf_str(&twice.line), aip_buf_str(&once.line));
		}
		aip_buf_fini(&once.line);
		aip_buf_fini(&twice.line);
		aip_arena_destroy(arena);
	}
	aip_buf_fini(&line);
}

RUN_ALL(CASE(a_stream_folds_into_its_answer),
        CASE(summaries_citations_and_logprobs_are_collected_and_owned),
        CASE(an_answer_beyond_the_ceiling_is_refused), CASE(the_last_error_is_kept),
        CASE(a_response_without_candidates_unfolds_to_a_legal_stream),
        CASE(folding_what_was_unfolded_gives_the_same_answer),
        CASE(what_a_guard_lets_through_of_a_mutated_stream_is_legal))
