/* Chat Completions answers, where the examples in tests/wire do not reach: what servers that
 * imitate the dialect send, read as they mean it, and the grammar of what is written. */
#include "codec_rig.h"

static struct aip_request request;

static void first_ctx(void)
{
	request = (struct aip_request){.dialect = AIP_CHAT};
	request.stream_options.include_usage = AIP_YES;
	between(AIP_CHAT, AIP_CHAT);
	ctx.request = &request;
	ctx.now_s = 7;
}

/* `out`, or what went wrong as its client is told. */
static struct aip_str answer_of(enum aip_status s)
{
	if (s) {
		aip_buf_clear(&out);
		aip_codec_of(AIP_CHAT)->write_error(&error, AIP_NONE, &out);
	}
	return aip_buf_str(&out);
}

/* Reads a stream and writes what was understood as a whole answer, or as its error. */
static struct aip_str heard_till(const char *stream, enum aip_eof how)
{
	enum aip_status s = stream_told(AIP_CHAT, AIP_CHAT, aip_str(stream), how);

	return answer_of(s ? s : written_whole());
}

static struct aip_str heard(const char *stream)
{
	return heard_till(stream, AIP_EOF_COMPLETE);
}

static struct aip_str read_whole(const char *body)
{
	return answer_of(whole_told(AIP_CHAT, AIP_CHAT, aip_str(body)));
}

/* A stream of one dialect as a client of another sees it. */
static struct aip_str told(enum aip_dialect from, enum aip_dialect to, const char *stream)
{
	(void)stream_told(from, to, aip_str(stream), AIP_EOF_COMPLETE);
	return aip_buf_str(&out);
}

#define CHUNK(delta, reason)                                             \
	"data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":" delta \
	",\"finish_reason\":" reason "}]}\n\n"
#define DELTA(delta) CHUNK(delta, "null")
#define STOP         CHUNK("{}", "\"stop\"")
#define CALLED       CHUNK("{}", "\"tool_calls\"")
#define DONE         "data: [DONE]\n\n"
#define USAGE(usage) "data: {\"choices\":[],\"usage\":" usage "}\n\n"
#define CALLS(calls) DELTA("{\"tool_calls\":[" calls "]}")

/* ---- Texts ---------------------------------------------------------------------------------- */

TEST(content_may_be_null_a_list_or_a_string)
{
	CHECK(has(heard(DELTA("{\"content\":null}") DELTA("null")
	                        DELTA("{\"content\":[{\"type\":\"text\",\"text\":\"a\"},\"b\"]}")
	                                DELTA("{\"content\":\"c\"}") STOP DONE),
	          "\"content\":\"abc\""));
}

TEST(thoughts_have_many_names)
{
	const char *const deltas[] = {
		DELTA("{\"reasoning_content\":\"hm\"}"),
		DELTA("{\"reasoning\":\"hm\"}"),
		DELTA("{\"reasoning_content\":\"hm\",\"reasoning\":\"hm\"}"),
		DELTA("{\"reasoning_content\":\"\",\"reasoning\":\"hm\"}"),
		DELTA("{\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"hm\"}]}"),
		DELTA("{\"reasoning_details\":[{\"type\":\"reasoning.summary\",\"summary\":\"hm\"}]"
	              "}"),
		DELTA("{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\","
	              "\"text\":"
	              "\"hm\"}]}]}"),
		DELTA("{\"content\":[{\"type\":\"thinking\",\"thinking\":\"hm\"}]}"),
	};

	for (size_t i = 0; i < sizeof(deltas) / sizeof(*deltas); i++) {
		struct aip_str stream = aip_arena_printf(
			arena, "%s" DELTA("{\"content\":\"4\"}") STOP DONE, deltas[i]);
		struct aip_str text = heard(stream.at);
		CHECK(has(text, "\"content\":\"4\"") && has(text, "\"reasoning_content\":\"hm\"}"));
	}
}

TEST(a_reason_with_every_chunk_ends_nothing_too_soon)
{
	CHECK(has(heard(CHUNK("{\"role\":\"assistant\"}", "\"stop\"")
	                        CHUNK("{\"content\":\"a\"}", "\"stop\"")
	                                CHUNK("{\"content\":\"b\"}", "\"stop\"")
	                                        CHUNK("{\"content\":\"c\"}", "\"length\"") DONE),
	          "\"content\":\"abc\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":"
	          "\"length\""));
	CHECK(has(heard(CHUNK("{\"content\":\"a\"}", "\"\"") CHUNK("{\"content\":\"b\"}", "\"\"")
	                        STOP DONE),
	          "\"content\":\"ab\""));
	CHECK(has(heard(CHUNK("{\"content\":\"all\"}", "\"stop\"")), "\"finish_reason\":\"stop\""));
}

TEST(what_follows_the_end_is_not_heard)
{
	CHECK(has(heard(DELTA("{\"content\":\"a\"}") STOP DONE DELTA("{\"content\":\"b\"}")),
	          "\"content\":\"a\""));
	CHECK(has(heard(DELTA("{\"content\":\"a\"}") STOP DELTA("{\"content\":\"b\"}") DONE),
	          "\"content\":\"a\""));
}

/* ---- Ends ----------------------------------------------------------------------------------- */

TEST(a_stream_that_just_stops_is_an_error)
{
	CHECK(has(heard(DELTA("{\"content\":\"a\"}")), "bad_gateway"));
	CHECK(has(heard(DELTA("{\"reasoning_content\":\"a\"}")), "bad_gateway"));
	CHECK(has(heard(DELTA("{\"reasoning_content\":\"a\"}") DONE), "bad_gateway"));
	CHECK(has(heard(CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\","
	                      "\"arguments\":\"{\"}}") DONE),
	          "bad_gateway"));
	CHECK(has(heard(""), "bad_gateway"));
	CHECK(has(heard(": nothing\n\n"), "bad_gateway"));
	CHECK(has(heard("data: {\"choices\":[]}\n\n" DONE), "bad_gateway"));
	CHECK(has(heard_till(DELTA("{\"content\":\"a\"}") DONE, AIP_EOF_CUT), "\"content\":\"a\""));
	CHECK(has(heard_till(DELTA("{\"content\":\"a\"}"), AIP_EOF_CUT), "bad_gateway"));
}

TEST(a_missing_marker_after_a_finish_is_no_error)
{
	CHECK(has(heard(DELTA("{\"content\":\"a\"}") STOP), "\"finish_reason\":\"stop\""));
	CHECK(has(heard("data:{\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":"
	                "\"stop\"}]}"),
	          "\"content\":\"a\""));
}

TEST(a_marker_without_a_finish_is_a_finish)
{
	CHECK(has(heard(DELTA("{\"content\":\"a\"}") DONE), "\"finish_reason\":\"stop\""));
	CHECK(has(heard(CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\","
	                      "\"arguments\":\"{}\"}}") DONE),
	          "\"finish_reason\":\"tool_calls\""));
}

TEST(a_loose_server_may_end_without_a_word)
{
	ctx.loose_eof = true;
	CHECK(has(heard(DELTA("{\"content\":\"a\"}")), "\"finish_reason\":\"stop\""));
}

TEST(words_of_other_servers_for_the_end)
{
	static const struct {
		const char *word, *want;
	} rows[] = {
		{"eos", "\"finish_reason\":\"stop\""},
		{"end_turn", "\"finish_reason\":\"stop\""},
		{"STOP", "\"finish_reason\":\"stop\""},
		{"max_tokens", "\"finish_reason\":\"length\""},
		{"model_length", "\"finish_reason\":\"length\""},
		{"sensitive", "\"finish_reason\":\"content_filter\""},
		{"odd_word", "\"finish_reason\":\"stop\""},
		{"error", "\"type\":\"server_error\""},
		{"network_error", "\"type\":\"server_error\""},
		{"insufficient_system_resource", "overloaded"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct aip_str stream = aip_arena_printf(
			arena, DELTA("{\"content\":\"a\"}") CHUNK("{}", "\"%s\"") DONE,
			rows[i].word);
		CHECK(has(heard(stream.at), rows[i].want));
	}
}

/* ---- Errors --------------------------------------------------------------------------------- */

TEST(an_error_where_an_answer_should_be_is_an_error)
{
	const char *const streams[] = {
		"data: {\"error\":{\"message\":\"no room\",\"code\":503}}\n\n",
		"data: {\"error\":\"no room\"}\n\n",
		"{\"error\":{\"message\":\"no room\"}}",
		"[{\"error\":{\"message\":\"no room\"}}]",
		"\n\n{\"object\":\"error\",\"message\":\"no room\"}",
		"data: {\"code\":\"x\",\"message\":\"no room\"}\n\n",
		"event: error\ndata: {\"message\":\"no room\"}\n\n",
		DELTA("{\"content\":\"a\"}") "data: {\"error\":{\"message\":\"no room\"}}\n\n",
		"data: {\"choices\":[{\"index\":0,\"delta\":{},\"error\":{\"message\":\"no "
		"room\"}}]}\n\n",
	};

	for (size_t i = 0; i < sizeof(streams) / sizeof(*streams); i++)
		CHECK(has(heard(streams[i]),
		          "{\"error\":{\"message\":\"no room\",\"type\":\"server_error\""));
	CHECK(has(heard("data: {\"choi\n\n"), "\"code\":\"bad_gateway\""));
	CHECK(has(heard("data: {\"choices\":[{\"index\":-1}]}\n\n"), "bad_gateway"));
	CHECK(has(heard("data: {\"choices\":[{\"index\":1000}]}\n\n"), "bad_gateway"));
	CHECK(has(read_whole("{}"), "has no choices"));
	CHECK(has(read_whole("<html>"), "bad_gateway"));
}

TEST(an_answer_whole_and_one_in_pieces_pass_for_each_other)
{
	CHECK(has(heard("  "
	                "{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}"
	                "]}"),
	          "\"content\":\"a\""));
	CHECK(has(read_whole(DELTA("{\"content\":\"a\"}") STOP DONE), "\"content\":\"a\""));
	CHECK(has(read_whole("{\"choices\":[{\"text\":\"a\",\"finish_reason\":\"stop\"}]}"),
	          "\"content\":\"a\""));
}

/* ---- Calls ---------------------------------------------------------------------------------- */

static bool called(const char *stream, const char *calls)
{
	struct aip_str wanted = aip_arena_printf(arena, "\"tool_calls\":[%s]}", calls);

	return has(heard(stream), wanted.at);
}

#define F(id, name, args)                                                         \
	"{\"id\":\"" id "\",\"type\":\"function\",\"function\":{\"name\":\"" name \
	"\",\"arguments\":\"" args "\"}}"

TEST(calls_are_told_apart_by_index_id_or_place)
{
	/* all under index 0 */
	CHECK(called(CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":"
	                   "\"{}\"}}") CALLS("{\"index\":0,\"id\":\"b\",\"function\":{\"name\":"
	                                     "\"g\",\"arguments\":\"{\"}}")
	                     CALLS("{\"index\":0,\"function\":{\"arguments\":\"}\"}}") CALLED DONE,
	             F("a", "f", "{}") "," F("b", "g", "{}")));
	/* no index, told apart by id */
	CHECK(called(
		CALLS("{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}")
			CALLS("{\"id\":\"b\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}")
				CALLS("{\"id\":\"a\",\"function\":{\"arguments\":\"}\"}}")
					CALLS("{\"id\":\"b\",\"function\":{\"arguments\":\"}\"}}")
						CALLED DONE,
		F("a", "f", "{}") "," F("b", "f", "{}")));
	/* no index, no id on what follows */
	CHECK(called(CALLS("{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}")
	                     CALLS("{\"function\":{\"arguments\":\"}\"}}") CALLED DONE,
	             F("a", "f", "{}")));
	/* several whole ones in a chunk, without an index */
	CHECK(called(CALLS("{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}},{"
	                   "\"id\":\"b\","
	                   "\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}") CALLED DONE,
	             F("a", "f", "{}") "," F("b", "g", "{}")));
	/* an id that changes without a name is no other call */
	CHECK(called(CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":"
	                   "\"{\"}}")
	                     CALLS("{\"index\":0,\"id\":\"zz\",\"function\":{\"arguments\":\"}\"}}")
	                             CALLED DONE,
	             F("a", "f", "{}")));
}

TEST(repeated_names_and_ids_are_the_same_ones)
{
	CHECK(called(CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":"
	                   "\"{\"}}") CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":"
	                                    "\"f\",\"arguments\":\"}\"}}") CALLED DONE,
	             F("a", "f", "{}")));
	CHECK(called(CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\"}}")
	                     CALLS("{\"index\":0,\"id\":\"\",\"function\":{\"name\":null,"
	                           "\"arguments\":\"{}\"}}") CALLED DONE,
	             F("a", "f", "{}")));
}

TEST(a_name_that_comes_late_keeps_what_came_before)
{
	CHECK(called(
		CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"\",\"arguments\":\"{"
	              "\\\"x\\\"\"}}")
			CALLS("{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":\":1}\"}}")
				CALLED DONE,
		F("a", "f", "{\\\"x\\\":1}")));
}

TEST(a_call_that_never_gets_a_name_is_none)
{
	struct aip_str text = heard(DELTA("{\"content\":\"a\"}") CALLS(
		"{\"index\":0,\"id\":\"a\",\"function\":{\"arguments\":\"{}\"}}") CALLED DONE);

	CHECK(has(text, "\"finish_reason\":\"stop\"") && !has(text, "tool_calls"));
}

TEST(a_call_without_an_id_gets_one)
{
	struct aip_str text = heard(CALLS(
		"{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}") CALLED DONE);

	CHECK(has(text, "\"tool_calls\":[{\"id\":\"call_"));
}

TEST(arguments_are_never_nothing_and_may_be_an_object)
{
	CHECK(called(
		CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}")
			CALLED DONE,
		F("a", "f", "{}")));
	CHECK(called(
		CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":null}}")
			CALLED DONE,
		F("a", "f", "{}")));
	CHECK(called(CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":{"
	                   "\"x\": "
	                   "9007199254740993}}}") CALLED DONE,
	             F("a", "f", "{\\\"x\\\": 9007199254740993}")));
}

TEST(calls_of_a_whole_answer_are_as_many_as_there_are)
{
	CHECK(has(read_whole("{\"choices\":[{\"message\":{\"tool_calls\":[{\"id\":\"a\","
	                     "\"function\":{\"name\":\"f\","
	                     "\"arguments\":\"{}\"}},{\"id\":\"a\",\"function\":{\"name\":\"f\","
	                     "\"arguments\":\"{}\"}}]},"
	                     "\"finish_reason\":\"stop\"}]}"),
	          F("a", "f", "{}") "," F(
			  "a", "f", "{}") "]},\"logprobs\":null,\"finish_reason\":\"tool_calls\""));
}

TEST(the_old_form_has_room_for_one_call)
{
	static const char stream[] = CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\","
	                                   "\"arguments\":\"{}\"}}")
		CALLS("{\"index\":1,\"id\":\"b\",\"function\":{\"name\":\"g\",\"arguments\":\"[]\"}"
	              "}") CALLED DONE;

	request.legacy_functions = true;
	CHECK(has(heard(stream),
	          "\"function_call\":{\"name\":\"f\",\"arguments\":\"{}\"}},\"logprobs\":null,"
	          "\"finish_reason\":\"function_call\""));
	struct aip_str text = told(AIP_CHAT, AIP_CHAT, stream);
	CHECK(has(text, "\"delta\":{\"function_call\":{\"name\":\"f\",\"arguments\":\"\"}}"));
	CHECK(!has(text, "[]\"}") && !has(text, "\"g\"") && !has(text, "tool_calls"));
}

/* ---- Several choices, spoken answers -------------------------------------------------------- */

TEST(googles_signature_is_heard_wherever_a_server_puts_it)
{
	static const char *const calls[] = {
		"\"extra_content\":{\"google\":{\"thought_signature\":\"c2ln\"}},\"function\":{",
		"\"provider_specific_fields\":{\"thought_signature\":\"c2ln\"},\"function\":{",
		"\"function\":{\"provider_specific_fields\":{\"thought_signature\":\"c2ln\"},",
		"\"function\":{\"thought_signature\":\"c2ln\",",
		"\"thought_signature\":\"c2ln\",\"function\":{",
		"\"thoughtSignature\":\"c2ln\",\"function\":{",
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		struct aip_str stream = aip_arena_printf(
			arena,
			"data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,"
			"\"id\":\"a\",%s\"name\":\"f\",\"arguments\":\"{}\"}}]}}]}\n\n" CALLED DONE,
			calls[i]);
		CHECK(has(told(AIP_CHAT, AIP_GEMINI, stream.at), "\"thoughtSignature\":\"c2ln\""));
	}
}

TEST(choices_are_told_side_by_side)
{
	static const char stream[] =
		"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"R\"}}]}\n\n"
		"data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"Bl\"}}]}\n\n"
		"data: "
		"{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"ed\"}},{\"index\":1,\"delta\":"
		"{"
		"\"content\":\"ue\"}}]}\n\n"
		"data: {\"choices\":[{\"index\":1,\"delta\":{},\"finish_reason\":\"length\"}]}\n\n"
		"data: "
		"{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n" DONE;
	struct aip_str text = heard(stream);

	CHECK(has(
		text,
		"{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Red\",\"refusal\":"
		"null},"
		"\"logprobs\":null,\"finish_reason\":\"stop\"},{\"index\":1,\"message\":{\"role\":"
		"\"assistant\",\"content\":\"Blue\",\"refusal\":null},\"logprobs\":null,"
		"\"finish_reason\":\"length\"}"));
	text = told(AIP_CHAT, AIP_CHAT, stream);
	CHECK(has(text, "{\"index\":1,\"delta\":{\"role\":\"assistant\",\"content\":\"\""));
	CHECK(has(text, "{\"index\":1,\"delta\":{\"content\":\"ue\"}"));
}

TEST(a_spoken_answer_keeps_its_parts)
{
	static const char stream[] =
		DELTA("{\"content\":null,\"audio\":{\"id\":\"audio_1\",\"transcript\":\"A\"}}")
			DELTA("{\"audio\":{\"transcript\":\"ye.\"}}")
				DELTA("{\"audio\":{\"data\":\"SUQz\"}}")
					DELTA("{\"audio\":{\"data\":\"BAAA\"}}")
						DELTA("{\"audio\":{\"expires_at\":1760003600}}")
							STOP DONE;

	CHECK(has(heard(stream),
	          "\"content\":null,\"refusal\":null,\"audio\":{\"id\":\"audio_1\",\"data\":"
	          "\"SUQzBAAA\",\"transcript\":\"Aye.\",\"expires_at\":1760003600}"));
	struct aip_str text = told(AIP_CHAT, AIP_CHAT, stream);
	CHECK(has(text, "\"delta\":{\"audio\":{\"id\":\"audio_1\",\"transcript\":\"A\"}}"));
	CHECK(has(text, "\"delta\":{\"audio\":{\"data\":\"BAAA\"}}"));
	CHECK(has(text, "\"delta\":{\"audio\":{\"expires_at\":1760003600}}"));
}

/* ---- Usage ---------------------------------------------------------------------------------- */

static bool counts(const char *usage, const char *want)
{
	struct aip_str stream =
		aip_arena_printf(arena, DELTA("{\"content\":\"a\"}") STOP USAGE("%s") DONE, usage);
	struct aip_str wanted = aip_arena_printf(arena, "\"usage\":%s}", want);

	return aip_str_ends(heard(stream.at), wanted);
}

TEST(usage_is_read_as_each_server_counts)
{
	CHECK(counts("{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15}",
	             "{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15}"));
	/* reasoning left out of the completion */
	CHECK(counts("{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":35,"
	             "\"completion_tokens_details\":{\"reasoning_tokens\":20}}",
	             "{\"prompt_tokens\":10,\"completion_tokens\":25,\"total_tokens\":35,"
	             "\"completion_tokens_details\":{\"reasoning_tokens\":20}}"));
	CHECK(counts("{\"prompt_tokens\":10,\"completion_tokens\":25,\"total_tokens\":35,"
	             "\"completion_tokens_details\":{\"reasoning_tokens\":20}}",
	             "{\"prompt_tokens\":10,\"completion_tokens\":25,\"total_tokens\":35,"
	             "\"completion_tokens_details\":{\"reasoning_tokens\":20}}"));
	/* a cache in a vendor's word */
	CHECK(counts("{\"prompt_tokens\":10,\"completion_tokens\":5,\"prompt_cache_hit_tokens\":8}",
	             "{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15,"
	             "\"prompt_tokens_details\":{\"cached_tokens\":8}}"));
	/* what is unknown stays away, what is none stays none */
	CHECK(counts("{\"prompt_tokens\":10,\"completion_tokens\":5,\"prompt_tokens_details\":{"
	             "\"cached_tokens\":0,"
	             "\"cache_write_tokens\":0,\"audio_tokens\":null},\"completion_tokens_"
	             "details\":null}",
	             "{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15,"
	             "\"prompt_tokens_details\":{\"cached_tokens\":0,\"cache_write_tokens\":0}}"));
	CHECK(counts("{\"prompt_tokens\":10}",
	             "{\"prompt_tokens\":10,\"completion_tokens\":0,\"total_tokens\":10}"));
	CHECK(counts("{\"prompt_tokens\":10,\"completion_tokens\":9,\"completion_tokens_details\":{"
	             "\"audio_tokens\":4,"
	             "\"accepted_prediction_tokens\":1,\"rejected_prediction_tokens\":2}}",
	             "{\"prompt_tokens\":10,\"completion_tokens\":9,\"total_tokens\":19,"
	             "\"completion_tokens_details\":{"
	             "\"audio_tokens\":4,\"accepted_prediction_tokens\":1,\"rejected_prediction_"
	             "tokens\":2}}"));
}

TEST(usage_may_stand_anywhere_and_is_never_summed)
{
	static const char *const streams[] = {
		/* with every chunk */
		"data: "
		"{\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":9,"
		"\"completion_tokens\":1}}\n\ndata: "
		"{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],"
		"\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}\n\n" DONE,
		/* in a choice */
		"data: "
		"{\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\",\"usage\":"
		"{"
		"\"prompt_tokens\":9,\"completion_tokens\":2}}]}\n\n" DONE,
		/* behind the finish, twice */
		DELTA("{\"content\":\"a\"}")
			STOP USAGE("{\"prompt_tokens\":9,\"completion_tokens\":2}")
				USAGE("{\"prompt_tokens\":9,\"completion_tokens\":2}") DONE,
		/* among a vendor's own things */
		"data: "
		"{\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}],\"x_"
		"groq\":{\"usage\":{"
		"\"prompt_tokens\":9,\"completion_tokens\":2}}}\n\n" DONE,
	};

	for (size_t i = 0; i < sizeof(streams) / sizeof(*streams); i++)
		CHECK(aip_str_ends(heard(streams[i]),
		                   AIP_LIT("\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,"
		                           "\"total_tokens\":11}}")));
}

TEST(a_server_that_counts_nothing_is_no_error)
{
	static const char stream[] = DELTA("{\"content\":\"a\"}") STOP DONE;

	CHECK(!has(heard(stream), "usage"));
	CHECK(!has(told(AIP_CHAT, AIP_CHAT, stream), "\"usage\":{"));
	CHECK(has(told(AIP_CHAT, AIP_CLAUDE, stream),
	          "\"output_tokens\":0}}\n\nevent: message_stop"));
	CHECK(has(told(AIP_CHAT, AIP_GEMINI, stream), "\"totalTokenCount\":0"));
	CHECK(has(told(AIP_CHAT, AIP_RESPONSES, stream), "\"input_tokens\":0"));
}

TEST(usage_comes_once_behind_the_finish_and_only_when_asked_for)
{
	static const char stream[] = DELTA(
		"{\"content\":\"a\"}") "data: "
				       "{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],"
				       "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}"
				       "\n\n" DONE;
	struct aip_str text = told(AIP_CHAT, AIP_CHAT, stream);

	CHECK(aip_str_ends(
		text,
		AIP_LIT("\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,"
	                "\"total_tokens\":11}}\n\ndata: [DONE]\n\n")));
	CHECK(has(text, "\"finish_reason\":\"stop\"}],\"usage\":null}"));
	request.stream_options.include_usage = AIP_UNSET;
	CHECK(!has(told(AIP_CHAT, AIP_CHAT, stream), "usage"));
}

/* ---- What is written ------------------------------------------------------------------------ */

TEST(an_error_ends_a_stream_without_its_marker)
{
	struct aip_str text =
		told(AIP_CHAT, AIP_CHAT,
	             DELTA("{\"content\":\"a\"}") "data: {\"error\":{\"message\":\"x\"}}\n\n" DONE);

	CHECK(aip_str_ends(text, AIP_LIT("\"code\":\"internal_server_error\"}}\n\n")) &&
	      !has(text, "[DONE]"));
}

TEST(choices_beyond_sixteen_keep_their_role_and_their_calls)
{
	struct aip_str text =
		told(AIP_CHAT, AIP_CHAT,
	             "data: "
	             "{\"choices\":[{\"index\":100,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":"
	             "\"a\",\"function\":{"
	             "\"name\":\"f\",\"arguments\":\"{}\"}},{\"index\":1,\"id\":\"b\",\"function\":"
	             "{\"name\":\"f\","
	             "\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"}]}\n\n" DONE);

	CHECK(has(text, "{\"index\":100,\"delta\":{\"role\":\"assistant\""));
	CHECK(has(text, "{\"index\":100,\"delta\":{\"tool_calls\":[{\"index\":1,\"id\":\"b\""));
}

TEST(a_cited_text_is_told_by_its_place_in_the_message)
{
	struct aip_str text = told(
		AIP_CLAUDE, AIP_CHAT,
		"event: message_start\ndata: "
		"{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"content\":[]}}\n\n"
		"event: content_block_start\ndata: "
		"{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":"
		"\"text\",\"text\":\"\"}}\n\nevent: content_block_delta\ndata: "
		"{\"type\":\"content_block_delta\",\"index\":0,"
		"\"delta\":{\"type\":\"text_delta\",\"text\":\"På øen: \"}}\n\nevent: "
		"content_block_stop\ndata: {\"type\":"
		"\"content_block_stop\",\"index\":0}\n\nevent: content_block_start\ndata: "
		"{\"type\":\"content_block_start\","
		"\"index\":1,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\nevent: "
		"content_block_delta\ndata: {"
		"\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"citations_"
		"delta\",\"citation\":{\"type\":"
		"\"web_search_result_location\",\"url\":\"https://"
		"x.example\",\"title\":\"X\",\"cited_text\":\"six\"}}}\n\n"
		"event: content_block_delta\ndata: "
		"{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":"
		"\"text_delta\",\"text\":\"kl. 6\"}}\n\nevent: content_block_stop\ndata: "
		"{\"type\":\"content_block_stop\","
		"\"index\":1}\n\nevent: message_delta\ndata: "
		"{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
		"\"end_turn\"}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");

	CHECK(has(text, "{\"annotations\":[{\"type\":\"url_citation\",\"url_citation\":{\"start_"
	                "index\":8,\"end_index\":13,"
	                "\"title\":\"X\",\"url\":\"https://x.example\"}}]}"));
}

TEST(reasoning_text_and_a_call_are_blocks_of_their_own)
{
	struct aip_str text =
		told(AIP_CHAT, AIP_CLAUDE,
	             DELTA("{\"reasoning_content\":\"hm\"}") DELTA("{\"content\":\"a\"}")
	                     CALLS("{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"f\","
	                           "\"arguments\":\"{}\"}}") CALLED DONE);
	static const char *const in_order[] = {
		"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\"",
		"\"index\":0,\"delta\":{\"type\":\"thinking_delta\"",
		"content_block_stop\",\"index\":0",
		"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"text\"",
		"\"index\":1,\"delta\":{\"type\":\"text_delta\"",
		"content_block_stop\",\"index\":1",
		"content_block_start\",\"index\":2,\"content_block\":{\"type\":\"tool_use\"",
		"\"index\":2,\"delta\":{\"type\":\"input_json_delta\"",
		"content_block_stop\",\"index\":2",
	};
	ptrdiff_t behind = -1;

	for (size_t i = 0; i < sizeof(in_order) / sizeof(*in_order); i++) {
		const ptrdiff_t at = aip_str_find(text, aip_str(in_order[i]));
		CHECK(at > behind);
		behind = at;
	}
}

TEST(a_message_of_claude_starts_with_the_first_chunk)
{
	CHECK(has(told(AIP_CHAT, AIP_CLAUDE, DELTA("{\"role\":\"assistant\",\"content\":\"\"}")),
	          "event: message_start"));
}

TEST(pings_and_signatures_make_no_chunk)
{
	struct aip_str text = told(
		AIP_CLAUDE, AIP_CHAT,
		"event: message_start\ndata: "
		"{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"content\":[]}}\n\n"
		"event: content_block_start\ndata: "
		"{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":"
		"\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\nevent: ping\ndata: "
		"{\"type\":\"ping\"}\n\n"
		"event: content_block_delta\ndata: "
		"{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
		"\"signature_delta\",\"signature\":\"c2ln\"}}\n\n");

	CHECK(has(text, "\"role\":\"assistant\"") && !has(text, "c2ln"));
	text.at += aip_str_find(text, AIP_LIT("data: ")) + 6;
	CHECK(!strstr(text.at, "data: {\"id\""));
}

TEST(the_last_of_several_pictures_of_one_image_is_told)
{
	const struct aip_codec *codec = aip_codec_of(AIP_CHAT);
	struct aip_encoder *encoder = codec->encoder_new(&ctx);
	struct aip_media media = {.source = AIP_FROM_BASE64, .mime = AIP_LIT("image/webp")};
	const struct aip_part image = {.kind = AIP_IMAGE, .media = &media};
	struct aip_event events[] = {
		{.kind = AIP_EV_START},
		{.kind = AIP_EV_BLOCK_START, .part = &image},
		{.kind = AIP_EV_DELTA, .delta = AIP_DELTA_IMAGE, .text = AIP_LIT("AAAA")},
		{.kind = AIP_EV_DELTA, .delta = AIP_DELTA_IMAGE, .text = AIP_LIT("BBBB")},
		{.kind = AIP_EV_DELTA,
	         .delta = AIP_DELTA_IMAGE,
	         .index = 1, /* on the way */
	         .text = AIP_LIT("CCCC")},
		{.kind = AIP_EV_BLOCK_STOP},
		{.kind = AIP_EV_FINISH, .stop = AIP_STOP_END_TURN},
		{.kind = AIP_EV_END},
	};

	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		CHECK_INT_EQ(codec->encoder_event(encoder, &events[i], &out), AIP_OK);
	codec->encoder_fini(encoder);
	CHECK(!has(aip_buf_str(&out), "AAAA") && !has(aip_buf_str(&out), "CCCC"));
	CHECK(has(aip_buf_str(&out), "{\"images\":[{\"type\":\"image_url\",\"image_url\":{\"url\":"
	                             "\"data:image/webp;base64,"
	                             "BBBB\"}}]}"));
}

TEST(an_event_of_text_takes_no_memory)
{
	const struct aip_codec *codec = aip_codec_of(AIP_CHAT);
	struct aip_encoder *encoder = codec->encoder_new(&ctx);
	struct aip_decoder *decoder = codec->decoder_new(&ctx, (struct aip_sink){encode, encoder});
	size_t held = 0, room = 0;

	telling.client = codec;
	for (int i = 0; i < 2000; i++) {
		aip_buf_clear(&out);
		CHECK_INT_EQ(codec->decoder_feed(decoder, AIP_LIT(DELTA("{\"content\":\"word \"}")),
		                                 &error),
		             AIP_OK);
		CHECK(out.len > 0);
		if (i == 10) {
			held = aip_arena_held(arena);
			room = out.cap;
		}
	}
	CHECK_INT_EQ(aip_arena_held(arena), held);
	CHECK_INT_EQ(out.cap, room);
	codec->decoder_fini(decoder);
	codec->encoder_fini(encoder);
}

TEST(probabilities_of_all_texts_are_one_list_also_beside_calls)
{
	struct aip_str got = read_whole(
		"{\"id\":\"x\",\"choices\":[{\"index\":0,\"message\":{\"content\":\"a\","
		"\"tool_calls\":[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":"
		"\"f\",\"arguments\":\"{}\"}}]},\"logprobs\":{\"content\":[{\"token\":"
		"\"a\"}]},\"finish_reason\":\"tool_calls\"}]}");
	CHECK(has(got, "'logprobs':{'content':[{'token':'a'}],'refusal':null}"));
	struct aip_arena *own = aip_arena_create();
	CHECK_STR_EQ(aip_logprobs_join(own, AIP_LIT("[1]"), AIP_LIT(" [ 2,3 ]")), "[1,2,3]");
	CHECK_STR_EQ(aip_logprobs_join(own, AIP_NONE, AIP_LIT("[1]")), "[1]");
	CHECK_STR_EQ(aip_logprobs_join(own, AIP_LIT("[1]"), AIP_LIT("x")), "[1]");
	aip_arena_destroy(own);
}

RUN_ALL(HERE(probabilities_of_all_texts_are_one_list_also_beside_calls),
        HERE(content_may_be_null_a_list_or_a_string), HERE(thoughts_have_many_names),
        HERE(a_reason_with_every_chunk_ends_nothing_too_soon),
        HERE(what_follows_the_end_is_not_heard), HERE(a_stream_that_just_stops_is_an_error),
        HERE(a_missing_marker_after_a_finish_is_no_error),
        HERE(a_marker_without_a_finish_is_a_finish), HERE(a_loose_server_may_end_without_a_word),
        HERE(words_of_other_servers_for_the_end),
        HERE(an_error_where_an_answer_should_be_is_an_error),
        HERE(an_answer_whole_and_one_in_pieces_pass_for_each_other),
        HERE(calls_are_told_apart_by_index_id_or_place),
        HERE(repeated_names_and_ids_are_the_same_ones),
        HERE(a_name_that_comes_late_keeps_what_came_before),
        HERE(a_call_that_never_gets_a_name_is_none), HERE(a_call_without_an_id_gets_one),
        HERE(arguments_are_never_nothing_and_may_be_an_object),
        HERE(calls_of_a_whole_answer_are_as_many_as_there_are),
        HERE(the_old_form_has_room_for_one_call),
        HERE(googles_signature_is_heard_wherever_a_server_puts_it),
        HERE(choices_are_told_side_by_side), HERE(a_spoken_answer_keeps_its_parts),
        HERE(usage_is_read_as_each_server_counts),
        HERE(usage_may_stand_anywhere_and_is_never_summed),
        HERE(a_server_that_counts_nothing_is_no_error),
        HERE(usage_comes_once_behind_the_finish_and_only_when_asked_for),
        HERE(an_error_ends_a_stream_without_its_marker),
        HERE(choices_beyond_sixteen_keep_their_role_and_their_calls),
        HERE(a_cited_text_is_told_by_its_place_in_the_message),
        HERE(reasoning_text_and_a_call_are_blocks_of_their_own),
        HERE(a_message_of_claude_starts_with_the_first_chunk),
        HERE(pings_and_signatures_make_no_chunk),
        HERE(the_last_of_several_pictures_of_one_image_is_told),
        HERE(an_event_of_text_takes_no_memory))
