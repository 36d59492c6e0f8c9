/* What the tests of the OpenAI Responses codec share beyond what all codecs' do. */
#ifndef TESTS_SDK_CODEC_OPENAI_RESPONSES_H
#define TESTS_SDK_CODEC_OPENAI_RESPONSES_H

#include "codec_rig.h"

static const struct aip_codec *codec;

static void first_ctx(void)
{
	codec = aip_codec_of(AIP_RESPONSES);
	between(AIP_RESPONSES, AIP_RESPONSES);
}

/* ---- Requests ------------------------------------------------------------------------------- */

#define TO(upstream, rest) sent(AIP_RESPONSES, upstream, quoted("{'model':'m'," rest "}"))
#define TO_CHAT(rest)      TO(AIP_CHAT, rest)
#define TO_CLAUDE(rest)    TO(AIP_CLAUDE, rest)
#define TO_OWN(rest)       TO(AIP_RESPONSES, rest)
#define FROM_CHAT(rest)    sent(AIP_CHAT, AIP_RESPONSES, quoted("{'model':'m'," rest "}"))
#define FROM_CLAUDE(rest) \
	sent(AIP_CLAUDE, AIP_RESPONSES, quoted("{'model':'m','max_tokens':99," rest "}"))
#define FROM_GEMINI(rest) sent(AIP_GEMINI, AIP_RESPONSES, quoted("{" rest "}"))
#define HI                "'input':'hi'"
#define CHAT_HI           "'messages':[{'role':'user','content':'hi'}]"
#define USER(text)        "{'role':'user','content':'" text "'}"
#define CALL(id, name) \
	"{'type':'function_call','call_id':'" id "','name':'" name "','arguments':'{}'}"
#define OUTPUT(id, text) "{'type':'function_call_output','call_id':'" id "','output':'" text "'}"
#define FUNCTION(name)   "{'type':'function','name':'" name "','parameters':{'type':'object'}}"

/* ---- Answers -------------------------------------------------------------------------------- */

/* An upstream's stream as the client gets it. */
static inline struct aip_str stream(enum aip_dialect upstream, enum aip_dialect client,
                                    struct aip_str sse, enum aip_eof how)
{
	return come_of(stream_told(upstream, client, sse, how));
}

/* An upstream's whole answer as the client gets it, whole. */
static inline struct aip_str whole(enum aip_dialect upstream, enum aip_dialect client,
                                   struct aip_str body)
{
	return come_of(whole_told(upstream, client, body));
}

/* The types of a stream's events without "response.", one behind the other. */
static inline struct aip_str types(struct aip_str sse)
{
	static char all[8192];
	size_t n = 0;
	ptrdiff_t at;

	while ((at = aip_str_find(sse, AIP_LIT("event: "))) >= 0) {
		sse = aip_strn(sse.at + at + 7, sse.len - (size_t)at - 7);
		ptrdiff_t end = aip_str_find(sse, AIP_LIT("\n"));
		struct aip_str type = aip_strn(sse.at, (size_t)end);
		if (aip_str_starts(type, AIP_LIT("response.")))
			type = aip_strn(type.at + 9, type.len - 9);
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%.*s", n ? " " : "",
		                      AIP_FMT(type));
	}
	return aip_strn(all, n);
}

#endif
