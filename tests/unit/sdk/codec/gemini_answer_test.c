/* Gemini answers, where the examples in tests/wire do not reach: what a stream of its chunks
 * becomes elsewhere, what others' answers become here, and errors. JSON is written with ' for ". */
#include "codec_rig.h"

static struct aip_request *request;

static void first_ctx(void)
{
	ctx.request = request = aip_request_new(arena);
}

/* A stream, one chunk a line, as the client's stream. */
static struct aip_str streamed(enum aip_dialect upstream, const char *chunks,
                               enum aip_dialect client)
{
	struct aip_str rest = quoted(chunks);
	struct aip_buf sse;

	aip_buf_init(&sse, OUT_MAX);
	while (rest.len) {
		const char *end = memchr(rest.at, '\n', rest.len);
		size_t len = end ? (size_t)(end - rest.at) : rest.len;
		aip_buf_addf(&sse, "data: %.*s\n\n", (int)len, rest.at);
		len += end ? 1 : 0;
		rest = aip_strn(rest.at + len, rest.len - len);
	}
	if (stream_told(upstream, client, aip_buf_str(&sse), AIP_EOF_COMPLETE))
		fail_msg("%s", error.message);
	aip_buf_fini(&sse);
	return come_of(AIP_OK);
}

/* Nothing when the answer was an error. */
static struct aip_str whole(enum aip_dialect upstream, const char *body, enum aip_dialect client)
{
	enum aip_status s = whole_told(upstream, client, quoted(body));

	if (s && !telling.error.status)
		fail_msg("%s", error.message);
	return come_of(AIP_OK);
}

#define CAND(parts) "{'candidates':[{'content':{'role':'model','parts':[" parts "]},'index':0}]}"
#define LAST(parts, why)                                                                      \
	"{'candidates':[{'content':{'role':'model','parts':[" parts "]},'finishReason':'" why \
	"','index':0}]}"
#define FC(name) "{'functionCall':{'name':'" name "','args':{}}}"

#define HEARD(audio) "{'id':'x','choices':[{'index':0,'delta':{'audio':{" audio "}}}]}\n"
#define ENDED        "{'id':'x','choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}\n[DONE]"

TEST(sound_is_a_part_when_there_is_some)
{
	HAS(streamed(AIP_CHAT,
	             HEARD("'id':'a','transcript':'Aye'") HEARD("'data':'SUQz'")
	                     HEARD("'data':'BAAA'") HEARD("'expires_at':1") ENDED,
	             AIP_GEMINI),
	    "'parts':[{'inlineData':{'mimeType':'audio/wav','data':'SUQzBAAA'}}]");
	struct aip_str got =
		streamed(AIP_CHAT, HEARD("'id':'a'") HEARD("'transcript':'Aye'") ENDED, AIP_GEMINI);
	HAS_NO(got, "inlineData");
	HAS_NO(got, "'parts':[{}]");
	HAS_NO(got, "'parts':[]");
}

TEST(the_words_of_a_sound_are_told_before_it)
{
#define SPOKEN(message) \
	"{'id':'x','choices':[{'index':0,'message':{" message "},'finish_reason':'stop'}]}"
	HAS(streamed(AIP_CHAT, HEARD("'id':'a','transcript':'Aye'") HEARD("'data':'SUQz'") ENDED,
	             AIP_GEMINI),
	    "'parts':[{'text':'Aye'}]");
	HAS(whole(AIP_CHAT, SPOKEN("'audio':{'id':'a','transcript':'Aye','data':'SUQz'}"),
	          AIP_GEMINI),
	    "'parts':[{'text':'Aye'},{'inlineData':{'mimeType':'audio/wav','data':'SUQz'}}]");
	HAS(whole(AIP_CHAT,
	          SPOKEN("'content':'So: ','audio':{'id':'a','transcript':'Aye','data':''}"),
	          AIP_GEMINI),
	    "'parts':[{'text':'So: Aye'}]");
}

/* What an answer stands on belongs to its text, whatever follows. */
TEST(sources_and_probabilities_find_a_text_that_is_over)
{
#define ENDING                                                                            \
	"'finishReason':'STOP','groundingMetadata':{'groundingChunks':[{'web':{'uri':"    \
	"'https://a','title':'A'}}]},'logprobsResult':{'chosenCandidates':[{'token':'x'," \
	"'logProbability':-0.5}]}"
#define FOLLOWED(parts) \
	"{'candidates':[{'content':{'role':'model','parts':[" parts "]},'index':0," ENDING "}]}"
	struct aip_str got = whole(AIP_GEMINI, FOLLOWED("{'text':'x'}," FC("f")), AIP_CHAT);

	HAS(got, "'url':'https://a'");
	HAS(got, "'logprobs':{'content':[{'token':'x','logprob':-0.5");
	got = whole(AIP_GEMINI, FOLLOWED("{'text':'y'},{'text':'t','thought':true},{'text':'x'}"),
	            AIP_CLAUDE);
	CHECK_INT_EQ(times(got, "https://a"), 1);
	HAS(got, "'text':'x','citations'");
	HAS(streamed(AIP_GEMINI, CAND("{'text':'x'}") "\n" FOLLOWED(FC("f")), AIP_CHAT),
	    "'logprobs':{'content':[{'token':'x'");
}

TEST(a_hidden_thought_travels_through_a_client_and_home)
{
	struct aip_str got =
		whole(AIP_CLAUDE,
	              "{'id':'msg_1','content':[{'type':'redacted_thinking','data':'c2VhbA=='},{"
	              "'type':'text','text':'x'}],'stop_reason':'end_turn'}",
	              AIP_GEMINI);
	ptrdiff_t at = aip_str_find(got, quoted("{'text':'','thought':true,'thoughtSignature':"));

	CHECK(at >= 0);
	struct aip_str part = aip_strn(got.at + at, got.len - (size_t)at);
	part.len = (size_t)aip_str_find(part, AIP_LIT("}")) + 1;
	HAS(sent(AIP_GEMINI, AIP_CLAUDE,
	         AIP_JOIN(arena,
	                  quoted("{'contents':[{'role':'user','parts':[{'text':'q'}]},{'role':"
	                         "'model','parts':["),
	                  part,
	                  quoted(",{'text':'x'}]},{'role':'user','parts':[{'text':'r'}]}]}"))),
	    "{'type':'redacted_thinking','data':'c2VhbA=='}");
}

/* ---- Gemini to Chat ------------------------------------------------------------------------- */

TEST(stop_with_calls_is_tool_calls_without_is_stop)
{
	HAS(whole(AIP_GEMINI, LAST(FC("f"), "STOP"), AIP_CHAT), "'finish_reason':'tool_calls'");
	HAS(whole(AIP_GEMINI, LAST("{'text':'x'}", "STOP"), AIP_CHAT), "'finish_reason':'stop'");
	HAS(streamed(AIP_GEMINI, CAND(FC("f")) "\n" LAST("{'text':''}", "STOP"), AIP_CHAT),
	    "'finish_reason':'tool_calls'");
}

TEST(each_call_part_is_a_call_with_its_own_id)
{
	struct aip_str got = streamed(
		AIP_GEMINI, CAND(FC("f") "," FC("f")) "\n" LAST(FC("f"), "STOP"), AIP_CHAT);
	const struct aip_response *response = aip_fold_response(telling.fold, NULL);
	const struct aip_part *calls = response->candidates->parts;

	HAS(got, "'index':2");
	CHECK(calls && calls->next && calls->next->next && !calls->next->next->next);
	for (const struct aip_part *a = calls; a; a = a->next)
		for (const struct aip_part *b = a->next; b; b = b->next)
			CHECK(a->call->id.len && !aip_str_eq(a->call->id, b->call->id));
}

TEST(finish_and_role_stand_once)
{
	struct aip_str got = streamed(
		AIP_GEMINI, CAND("{'text':'a'}") "\n" CAND("{'text':'b'}") "\n" LAST("", "STOP"),
		AIP_CHAT);

	CHECK_INT_EQ(times(got, "'finish_reason':'stop'"), 1);
	CHECK_INT_EQ(times(got, "'role':'assistant'"), 1);
	CHECK_INT_EQ(times(got, "'role':'model'"), 0);
}

TEST(a_part_of_signature_alone_is_no_text)
{
	struct aip_str got = streamed(
		AIP_GEMINI,
		CAND("{'text':'4'}") "\n" LAST("{'text':'','thoughtSignature':'c2ln'}", "STOP"),
		AIP_CHAT);

	CHECK_INT_EQ(times(got, "'content':'4'"), 1);
	CHECK_INT_EQ(times(got, "'content':"), 2); /* that, and the empty one of the role */
}

TEST(inline_images_are_images)
{
	streamed(AIP_GEMINI,
	         CAND("{'text':'see'}") "\n" LAST(
			 "{'inlineData':{'mimeType':'image/png','data':'iVBORw0KGgo='}}", "STOP"),
	         AIP_CHAT);
	const struct aip_part *parts = aip_fold_response(telling.fold, NULL)->candidates->parts;
	CHECK_INT_EQ(parts->next->kind, AIP_IMAGE);
	CHECK_STR_EQ(parts->next->media->data, "iVBORw0KGgo=");
}

TEST(a_malformed_call_without_content_is_an_error_that_may_be_tried_again)
{
	streamed(AIP_GEMINI,
	         "{'candidates':[{'finishReason':'MALFORMED_FUNCTION_CALL','finishMessage':'oops'}]"
	         "}",
	         AIP_CHAT);
	CHECK_INT_EQ(telling.error.status, AIP_UPSTREAM_BROKEN);
	CHECK_INT_EQ(aip_status_row(telling.error.status)->next, AIP_NEXT_SAME_CREDENTIAL);
	HAS(aip_str(telling.error.message), "oops");
	streamed(AIP_GEMINI, LAST("{'text':'x'}", "MALFORMED_FUNCTION_CALL"), AIP_CHAT);
	CHECK_INT_EQ(telling.error.status, AIP_OK);
}

TEST(an_unspecified_finish_ends_nothing_before_the_end)
{
	struct aip_str got = streamed(
		AIP_GEMINI,
		LAST("{'text':'a'}", "FINISH_REASON_UNSPECIFIED") "\n" LAST("{'text':'b'}", "STOP"),
		AIP_CHAT);

	HAS(got, "'content':'b'");
	CHECK_INT_EQ(telling.stop, AIP_STOP_END_TURN);
	streamed(AIP_GEMINI, LAST("{'text':'a'}", "FINISH_REASON_UNSPECIFIED"), AIP_CHAT);
	CHECK_INT_EQ(telling.stop, AIP_STOP_OTHER);
}

TEST(every_finish_reason_has_its_stop)
{
	static const struct {
		const char *reason;
		enum aip_stop stop;
	} rows[] = {
		{"MAX_TOKENS", AIP_STOP_MAX_TOKENS},
		{"SAFETY", AIP_STOP_CONTENT_FILTER},
		{"RECITATION", AIP_STOP_CONTENT_FILTER},
		{"BLOCKLIST", AIP_STOP_CONTENT_FILTER},
		{"PROHIBITED_CONTENT", AIP_STOP_CONTENT_FILTER},
		{"SPII", AIP_STOP_CONTENT_FILTER},
		{"IMAGE_SAFETY", AIP_STOP_CONTENT_FILTER},
		{"LANGUAGE", AIP_STOP_CONTENT_FILTER},
		{"UNEXPECTED_TOOL_CALL", AIP_STOP_BAD_TOOL_CALL},
		{"TOO_MANY_TOOL_CALLS", AIP_STOP_BAD_TOOL_CALL},
		{"OTHER", AIP_STOP_OTHER},
		{"NO_IMAGE", AIP_STOP_OTHER},
		{"NEVER_HEARD_OF", AIP_STOP_OTHER},
	};
	char body[200];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(body, sizeof(body), LAST("{'text':'x'}", "%s"), rows[i].reason);
		whole(AIP_GEMINI, body, AIP_CHAT);
		CHECK_INT_EQ(telling.stop, rows[i].stop);
	}
}

TEST(probabilities_are_told_both_ways)
{
	const char *const gemini =
		"{'candidates':[{'content':{'role':'model','parts':[{'text':'a'}]},'finishReason':'"
		"STOP',"
		"'logprobsResult':{'chosenCandidates':[{'token':'a','logProbability':-0.5}],"
		"'topCandidates':[{'candidates':[{'token':'b','logProbability':-1.25}]}]}}]}";
	struct aip_str got = streamed(AIP_GEMINI, gemini, AIP_CHAT);

	HAS(got, "{'token':'a','logprob':-0.5,'bytes':null,'top_logprobs':[{'token':'b','logprob':"
	         "-1.25,'bytes':null}]}");
	got = whole(AIP_GEMINI, gemini, AIP_GEMINI);
	HAS(got, "'logprobsResult':{'chosenCandidates':[{'token':'a','logProbability':-0.5}],"
	         "'topCandidates':[{'candidates':[{'token':'b','logProbability':-1.25}]}]}");
	HAS(streamed(AIP_GEMINI, gemini, AIP_GEMINI), "'logprobsResult':{'chosenCandidates':[{");
}

/* ---- Usage ---------------------------------------------------------------------------------- */

#define USED(usage) "{'candidates':[{'finishReason':'STOP'}],'usageMetadata':{" usage "}}"

TEST(thoughts_are_output_and_the_total_adds_up)
{
	const char *const body = USED("'promptTokenCount':40,'candidatesTokenCount':12,"
	                              "'thoughtsTokenCount':30,'totalTokenCount':82");

	HAS(whole(AIP_GEMINI, body, AIP_CHAT),
	    "'prompt_tokens':40,'completion_tokens':42,'total_tokens':82");
	HAS(whole(AIP_GEMINI, body, AIP_CLAUDE), "'output_tokens':42");
	HAS(whole(AIP_GEMINI, body, AIP_RESPONSES),
	    "'output_tokens':42,'output_tokens_details':{'reasoning_tokens':30}");
	/* of a server that counts the thoughts among the candidates */
	whole(AIP_GEMINI,
	      USED("'promptTokenCount':40,'candidatesTokenCount':42,'thoughtsTokenCount':30,"
	           "'totalTokenCount':82"),
	      AIP_CHAT);
	CHECK_INT_EQ(telling.usage.out_total, 42);
}

TEST(tool_prompts_are_input_and_missing_candidates_are_none)
{
	HAS(whole(AIP_GEMINI,
	          USED("'promptTokenCount':8,'toolUsePromptTokenCount':12,"
	               "'totalTokenCount':20"),
	          AIP_CHAT),
	    "'prompt_tokens':20,'completion_tokens':0,'total_tokens':20");
}

TEST(a_chunk_with_only_its_traffic_type_changes_nothing)
{
	streamed(AIP_GEMINI,
	         "{'candidates':[{'content':{'parts':[{'text':'a'}]}}],'usageMetadata':{"
	         "'promptTokenCount':5,'candidatesTokenCount':3,'totalTokenCount':8}}\n"
	         "{'usageMetadata':{'trafficType':'ON_DEMAND'}}\n" LAST("{'text':'b'}", "STOP"),
	         AIP_CHAT);
	CHECK_INT_EQ(telling.usage.in_total, 5);
	CHECK_INT_EQ(telling.usage.out_total, 3);
	CHECK_INT_EQ(telling.stop, AIP_STOP_END_TURN);
}

TEST(figures_by_modality_are_read)
{
	whole(AIP_GEMINI,
	      USED("'promptTokenCount':'9','candidatesTokenCount':4,'totalTokenCount':13,"
	           "'promptTokensDetails':[{'modality':'TEXT','tokenCount':4},{'modality':"
	           "'AUDIO','tokenCount':5}],'candidatesTokensDetails':[{'modality':'AUDIO',"
	           "'tokenCount':2}]"),
	      AIP_CHAT);
	CHECK_INT_EQ(telling.usage.in_total, 9);
	CHECK_INT_EQ(telling.usage.audio_in, 5);
	CHECK_INT_EQ(telling.usage.audio_out, 2);
}

#define CLAUDE_WHOLE(content, stop, usage)                                                  \
	"{'id':'msg_1','type':'message','role':'assistant','model':'m','content':[" content \
	"],'stop_reason':'" stop "','stop_sequence':null,'usage':{" usage "}}"

TEST(figures_by_modality_are_written)
{
	HAS(whole(AIP_CHAT,
	          "{'id':'x','choices':[{'index':0,'message':{'content':'a'},'finish_reason':'stop'"
	          "}],"
	          "'usage':{'prompt_tokens':9,'completion_tokens':8,'total_tokens':17,"
	          "'prompt_tokens_details':{'audio_tokens':4},'completion_tokens_details':{"
	          "'audio_tokens':3}}}",
	          AIP_GEMINI),
	    "'promptTokensDetails':[{'modality':'AUDIO','tokenCount':4}],"
	    "'candidatesTokensDetails':[{'modality':'AUDIO','tokenCount':3}]");
}

TEST(pieces_of_a_sound_are_one_where_there_is_room_for_one)
{
	HAS(whole(AIP_GEMINI,
	          LAST("{'inlineData':{'mimeType':'audio/pcm','data':'AQ=='}},{'inlineData':{"
	               "'mimeType':'audio/pcm','data':'AgM='}}",
	               "STOP"),
	          AIP_CHAT),
	    "'audio':{'data':'AQID','transcript':''}");
}

TEST(cached_are_the_reads_alone)
{
	HAS(whole(AIP_CLAUDE,
	          CLAUDE_WHOLE("{'type':'text','text':'x'}", "end_turn",
	                       "'input_tokens':10,'cache_read_input_tokens':90,"
	                       "'cache_creation_input_tokens':20,'output_tokens':7"),
	          AIP_GEMINI),
	    "'promptTokenCount':120,'candidatesTokenCount':7,'cachedContentTokenCount':90,"
	    "'totalTokenCount':127");
}

/* ---- To a Gemini client --------------------------------------------------------------------- */

#define CHUNK(delta, why)                                                                         \
	"{'id':'c','object':'chat.completion.chunk','created':1,'model':'m','choices':[{'index':" \
	"0,"                                                                                      \
	"'delta':{" delta "},'finish_reason':" why "}]}"

TEST(no_finish_where_the_upstreams_is_null_and_a_call_is_told_once)
{
	struct aip_str got = streamed(
		AIP_CHAT,
		CHUNK("'role':'assistant','content':'a'", "null") "\n" CHUNK(
			"'tool_calls':[{'index':0,'id':'c1','type':'function','function':{'name':'"
			"f',"
			"'arguments':'{\\'a\\':'}}]",
			"null") "\n" CHUNK("'tool_calls':[{'index':0,'function':{'arguments':'1}'}}"
	                                   "]",
	                                   "null") "\n" CHUNK("", "'tool_calls'") "\n[DONE]",
		AIP_GEMINI);

	CHECK_INT_EQ(times(got, "finishReason"), 1);
	CHECK_INT_EQ(times(got, "functionCall"), 1);
	HAS(got, "{'functionCall':{'id':'c1','name':'f','args':{'a':1}}}");
}

TEST(a_call_that_was_cut_is_none)
{
	struct aip_str got = streamed(AIP_CHAT,
	                              CHUNK("'role':'assistant','content':'a'", "null") "\n" CHUNK(
					      "'tool_calls':[{'index':0,'id':'c1','type':'function'"
					      ",'function':{'name':'f',"
					      "'arguments':'{\\'a\\':'}}]",
					      "null") "\n" CHUNK("", "'length'") "\n[DONE]",
	                              AIP_GEMINI);

	HAS_NO(got, "functionCall");
	HAS(got, "'finishReason':'MAX_TOKENS'");
}

TEST(ids_of_calls_are_shown)
{
	HAS(whole(AIP_CLAUDE,
	          CLAUDE_WHOLE("{'type':'tool_use','id':'toolu_1','name':'f','input':{}}",
	                       "tool_use", "'input_tokens':1,'output_tokens':1"),
	          AIP_GEMINI),
	    "'functionCall':{'id':'toolu_1','name':'f','args':{}}");
}

TEST(thoughts_show_signed_only_when_asked_for)
{
	const char *const body = CLAUDE_WHOLE(
		"{'type':'thinking','thinking':'hm','signature':'c2ln'},{'type':'text','text':'x'}",
		"end_turn", "'input_tokens':1,'output_tokens':1");

	HAS_NO(whole(AIP_CLAUDE, body, AIP_GEMINI), "thought");
	request->reasoning.summary = AIP_SUMMARY_AUTO;
	HAS(whole(AIP_CLAUDE, body, AIP_GEMINI),
	    "{'text':'hm','thought':true,'thoughtSignature':'Z3cxL");
}

TEST(offsets_of_sources_are_bytes_of_their_part)
{
	const char *const body =
		"{'id':'c','object':'chat.completion','created':1,'model':'m','choices':[{'index':"
		"0,"
		"'message':{'role':'assistant','content':'Nymåne i dag.','annotations':[{'type':"
		"'url_citation','url_citation':{'start_index':3,'end_index':6,'url':'https://"
		"m.example',"
		"'title':'M'}}]},'finish_reason':'stop'}]}";

	HAS(whole(AIP_CHAT, body, AIP_GEMINI),
	    "'groundingMetadata':{'groundingChunks':[{'web':{'uri':'https://"
	    "m.example','title':'M'}}"
	    "],'groundingSupports':[{'segment':{'partIndex':0,'startIndex':3,'endIndex':7,'"
	    "text':"
	    "'åne'},'groundingChunkIndices':[0]}]}");
}

TEST(an_error_after_the_first_element_is_the_arrays_last)
{
	const struct aip_codec *codec = aip_codec_of(AIP_GEMINI);
	const struct aip_part text = {.kind = AIP_TEXT};
	struct aip_error broken = {.status = AIP_UNAVAILABLE, .message = "gone"};
	struct aip_json *doc;

	between(AIP_GEMINI, AIP_CHAT);
	ctx.stream_array = true;
	struct aip_encoder *e = codec->encoder_new(&ctx);
	codec->encoder_event(e, &(struct aip_event){.kind = AIP_EV_START}, &out);
	codec->encoder_event(
		e, &(struct aip_event){.kind = AIP_EV_BLOCK_START, .block = 1, .part = &text},
		&out);
	codec->encoder_event(
		e, &(struct aip_event){.kind = AIP_EV_DELTA, .block = 1, .text = AIP_LIT("a")},
		&out);
	codec->encoder_ping(e, &out);
	codec->encoder_event(e, &(struct aip_event){.kind = AIP_EV_ERROR, .error = &broken}, &out);
	codec->encoder_event(e, &(struct aip_event){.kind = AIP_EV_END}, &out);
	codec->encoder_fini(e);
	CHECK_INT_EQ(aip_json_parse(arena, aip_buf_str(&out), &doc, &error), AIP_OK);
	CHECK_INT_EQ(doc->kind, AIP_JSON_ARRAY);
	CHECK_INT_EQ(doc->count, 2);
	CHECK_INT_EQ(aip_json_int(aip_json_get(doc->child->next, "error"), "code", 0), 503);
}

/* ---- Gemini to Responses and Claude --------------------------------------------------------- */

TEST(thought_and_text_in_turns_are_items_in_turns)
{
	streamed(AIP_GEMINI,
	         CAND("{'text':'t1','thought':true}") "\n" CAND("{'text':'a'}") "\n" CAND(
			 "{'text':'t2','thought':true}") "\n" LAST("{'text':'b'}", "STOP"),
	         AIP_RESPONSES);
	const struct aip_part *part = aip_fold_response(telling.fold, NULL)->candidates->parts;
	static const char *const texts[] = {"t1", "a", "t2", "b"};
	for (size_t i = 0; i < 4; i++, part = part->next) {
		CHECK(part);
		CHECK_STR_EQ(part->text, texts[i]);
		CHECK_INT_EQ(part->kind, i % 2 ? AIP_TEXT : AIP_THINKING);
	}
	CHECK(!part);
}

TEST(a_late_signature_changes_no_closed_item)
{
	struct aip_str got = streamed(AIP_GEMINI,
	                              CAND("{'text':'a'}") "\n" CAND(FC("f")) "\n" LAST(
					      "{'text':'','thoughtSignature':'c2ln'}", "STOP"),
	                              AIP_RESPONSES);
	const struct aip_part *part = aip_fold_response(telling.fold, NULL)->candidates->parts;

	CHECK(!part->opaque && !part->next->opaque);
	CHECK_STR_EQ(part->next->next->opaque->data, "c2ln");
	HAS(got, "'type':'reasoning'");
}

TEST(an_end_before_any_data_is_an_error_alone)
{
	struct aip_str got = streamed(AIP_GEMINI, "", AIP_RESPONSES);

	CHECK_INT_EQ(telling.error.status, AIP_UPSTREAM_BROKEN);
	HAS_NO(got, "response.completed");
	streamed(AIP_GEMINI, CAND("{'text':'a'}"), AIP_RESPONSES);
	CHECK_INT_EQ(telling.error.status, AIP_UPSTREAM_BROKEN);
}

TEST(events_of_a_call_come_in_order_with_one_id)
{
	struct aip_str got = streamed(
		AIP_GEMINI, LAST("{'functionCall':{'id':'fc1','name':'f','args':{'a':1}}}", "STOP"),
		AIP_RESPONSES);
	static const char *const order[] = {
		"event: response.output_item.added",
		"event: response.function_call_arguments.delta",
		"event: response.function_call_arguments.done",
		"event: response.output_item.done",
		"event: response.completed",
	};
	ptrdiff_t before = -1;

	for (size_t i = 0; i < 5; i++) {
		const ptrdiff_t at = aip_str_find(got, aip_str(order[i]));
		CHECK(at > before);
		before = at;
	}
	CHECK(times(got, "'call_id':'fc1'") >= 2);
}

TEST(stops_have_their_counterparts)
{
	HAS(whole(AIP_GEMINI, LAST(FC("f"), "STOP"), AIP_CLAUDE), "'stop_reason':'tool_use'");
	HAS(whole(AIP_GEMINI, LAST("{'text':'x'}", "MAX_TOKENS"), AIP_CLAUDE),
	    "'stop_reason':'max_tokens'");
	HAS(whole(AIP_GEMINI, LAST("{'text':'x'}", "SAFETY"), AIP_CLAUDE),
	    "'stop_reason':'refusal'");
	HAS(whole(AIP_GEMINI, "{'candidates':[{'finishReason':'STOP'}]}", AIP_CLAUDE),
	    "'content':[],'stop_reason':'end_turn'");
}

TEST(a_thought_and_a_signed_call_are_one_block_each)
{
	struct aip_str got = streamed(AIP_GEMINI,
	                              CAND("{'text':'hm','thought':true}") "\n" LAST(
					      "{'functionCall':{'id':'a','name':'f','args':{}},'"
					      "thoughtSignature':'c2ln'}",
					      "STOP"),
	                              AIP_CLAUDE);

	CHECK_INT_EQ(times(got, "'content_block_start'"), 2);
	HAS(got, "'type':'tool_use','id':'a'");
}

TEST(text_with_a_signature_stays_text)
{
	whole(AIP_GEMINI, LAST("{'text':'x','thoughtSignature':'c2ln'}", "STOP"), AIP_CLAUDE);
	const struct aip_part *part = aip_fold_response(telling.fold, NULL)->candidates->parts;
	CHECK_INT_EQ(part->kind, AIP_TEXT);
	CHECK_STR_EQ(part->text, "x");
	CHECK_STR_EQ(part->next->opaque->data, "c2ln");
	CHECK_INT_EQ(part->next->opaque->part, AIP_TEXT);
}

/* ---- Errors --------------------------------------------------------------------------------- */

static struct aip_error read_error(int http, const char *body)
{
	struct aip_error got = {0};

	between(AIP_CHAT, AIP_GEMINI);
	aip_codec_of(AIP_GEMINI)->read_error(&ctx, http, NULL, 0, quoted(body), &got);
	return got;
}

#define RPC "{'@type':'type.googleapis.com/google.rpc."
#define FAIL(code, word, details) \
	"{'error':{'code':" code ",'message':'m','status':'" word "','details':[" details "]}}"

TEST(errors_are_told_by_reason_and_detail)
{
	CHECK_INT_EQ(read_error(400, FAIL("400", "INVALID_ARGUMENT",
	                                  RPC "ErrorInfo','reason':'API_KEY_INVALID'}"))
	                     .status,
	             AIP_CRED_REJECTED);
	CHECK_INT_EQ(read_error(400, FAIL("400", "INVALID_ARGUMENT", "")).status, AIP_BAD_REQUEST);
	CHECK_INT_EQ(
		read_error(429,
	                   FAIL("429", "RESOURCE_EXHAUSTED",
	                        RPC "QuotaFailure','violations':[{'quotaId':"
	                            "'GenerateRequestsPerDayPerProjectPerModel-FreeTier'}]}," RPC
	                            "RetryInfo','retryDelay':'7s'}"))
			.status,
		AIP_QUOTA_EXHAUSTED);
	CHECK_INT_EQ(read_error(429, FAIL("429", "RESOURCE_EXHAUSTED",
	                                  RPC "QuotaFailure','violations':[{'quotaId':"
	                                      "'GenerateRequestsPerMinutePerProject'}]}"))
	                     .status,
	             AIP_RATE_LIMITED);
	CHECK_INT_EQ(
		read_error(400,
	                   "{'error':{'code':400,'message':'The input token count (9) exceeds the "
	                   "maximum number of tokens allowed (8).','status':'INVALID_ARGUMENT'}}")
			.status,
		AIP_CONTEXT_TOO_LONG);
	CHECK_INT_EQ(read_error(400,
	                        "{'error':{'code':400,'message':'Please enable billing','status':"
	                        "'FAILED_PRECONDITION'}}")
	                     .status,
	             AIP_CRED_UNPAID);
	CHECK_INT_EQ(read_error(503, "").status, AIP_UNAVAILABLE);
	struct aip_error in_array = read_error(404, "[" FAIL("404", "NOT_FOUND", "") "]");
	CHECK_INT_EQ(in_array.status, AIP_MODEL_MISSING);
	CHECK_STR_EQ(aip_str(in_array.message), "m");
	HAS(aip_str(read_error(502, "<html>x</html>").message), "HTTP 502");
	CHECK_STR_EQ(aip_str(read_error(500, "{'error':'bare'}").message), "bare");
}

TEST(waits_are_read_wherever_google_tells_them)
{
	static const struct {
		const char *details;
		int64_t ms;
	} rows[] = {
		{RPC "RetryInfo','retryDelay':'7s'}", 7000},
		{RPC "RetryInfo','retryDelay':'0.847s'}", 847},
		{RPC "RetryInfo','retryDelay':'1h2m3s'}", 3723000},
		{RPC "RetryInfo','retryDelay':'373.801628ms'}", 374},
		{RPC "ErrorInfo','metadata':{'quotaResetDelay':'2m'}}", 120000},
		{RPC "ErrorInfo','metadata':{'quotaResetDelay':'2m'}}," RPC
	             "RetryInfo','retryDelay':'1s'}",
	         1000},
		{RPC "RetryInfo','retryDelay':'soon'}," RPC
	             "ErrorInfo','metadata':{'quotaResetDelay':'2m'}}",
	         0},
	};
	char body[400];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(body, sizeof(body), FAIL("429", "RESOURCE_EXHAUSTED", "%s"),
		         rows[i].details);
		CHECK_INT_EQ(read_error(429, body).retry_after_ms, rows[i].ms);
	}
	CHECK_INT_EQ(
		read_error(429, "{'error':{'message':'Please retry in 7.5s.'}}").retry_after_ms,
		7500);
	CHECK_INT_EQ(
		read_error(429, "{'error':{'message':'quota resets after 12s.'}}").retry_after_ms,
		12000);
	CHECK_INT_EQ(read_error(429, "{'error':{'message':'after all'}}").retry_after_ms, 0);
}

TEST(errors_are_written_with_their_details)
{
	struct aip_error bad = {.status = AIP_BAD_REQUEST, .message = "m", .param = "contents"};
	struct aip_error slow = {.status = AIP_OVERLOADED, .message = "m", .retry_after_ms = 1500};

	CHECK_INT_EQ(aip_codec_of(AIP_GEMINI)->write_error(&bad, AIP_NONE, &out), 400);
	HAS(aip_buf_str(&out), "'fieldViolations':[{'field':'contents','description':'m'}]");
	aip_buf_clear(&out);
	CHECK_INT_EQ(aip_codec_of(AIP_GEMINI)->write_error(&slow, AIP_NONE, &out), 503);
	HAS(aip_buf_str(&out), "'status':'UNAVAILABLE'");
	HAS(aip_buf_str(&out), "'retryDelay':'1.500s'");
}

RUN_ALL(HERE(sound_is_a_part_when_there_is_some), HERE(the_words_of_a_sound_are_told_before_it),
        HERE(sources_and_probabilities_find_a_text_that_is_over),
        HERE(a_hidden_thought_travels_through_a_client_and_home),
        HERE(stop_with_calls_is_tool_calls_without_is_stop),
        HERE(each_call_part_is_a_call_with_its_own_id), HERE(finish_and_role_stand_once),
        HERE(a_part_of_signature_alone_is_no_text), HERE(inline_images_are_images),
        HERE(a_malformed_call_without_content_is_an_error_that_may_be_tried_again),
        HERE(an_unspecified_finish_ends_nothing_before_the_end),
        HERE(every_finish_reason_has_its_stop), HERE(probabilities_are_told_both_ways),
        HERE(thoughts_are_output_and_the_total_adds_up),
        HERE(tool_prompts_are_input_and_missing_candidates_are_none),
        HERE(a_chunk_with_only_its_traffic_type_changes_nothing),
        HERE(figures_by_modality_are_read), HERE(cached_are_the_reads_alone),
        HERE(figures_by_modality_are_written),
        HERE(pieces_of_a_sound_are_one_where_there_is_room_for_one),
        HERE(no_finish_where_the_upstreams_is_null_and_a_call_is_told_once),
        HERE(a_call_that_was_cut_is_none), HERE(ids_of_calls_are_shown),
        HERE(thoughts_show_signed_only_when_asked_for),
        HERE(offsets_of_sources_are_bytes_of_their_part),
        HERE(an_error_after_the_first_element_is_the_arrays_last),
        HERE(thought_and_text_in_turns_are_items_in_turns),
        HERE(a_late_signature_changes_no_closed_item),
        HERE(an_end_before_any_data_is_an_error_alone),
        HERE(events_of_a_call_come_in_order_with_one_id), HERE(stops_have_their_counterparts),
        HERE(a_thought_and_a_signed_call_are_one_block_each),
        HERE(text_with_a_signature_stays_text), HERE(errors_are_told_by_reason_and_detail),
        HERE(waits_are_read_wherever_google_tells_them),
        HERE(errors_are_written_with_their_details))
