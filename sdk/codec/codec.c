/* Which codec speaks a dialect. */
#include "codec/codecs.h"

const struct aip_codec *aip_codec_of(enum aip_dialect dialect)
{
	switch (dialect) {
	case AIP_CHAT: return &aip_codec_openai_chat;
	case AIP_COMPLETIONS: return &aip_codec_openai_completions;
	case AIP_RESPONSES: return &aip_codec_openai_responses;
	case AIP_CLAUDE: return &aip_codec_claude_messages;
	case AIP_GEMINI: return &aip_codec_gemini;
	case AIP_DIALECT_NONE:
	case AIP_DIALECT_COUNT: break;
	}
	return NULL;
}
