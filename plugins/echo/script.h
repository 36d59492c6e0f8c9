/* What echo plays: one script per model, tuned by words in the user's text. */
#ifndef ECHO_SCRIPT_H
#define ECHO_SCRIPT_H

#include <aiproxy/provider.h>

/* The numbers a script is tuned by: word in the text, field, default, most. */
#define SCRIPT_TABLE(ROW)                                                              \
	ROW("tokens", tokens, -1, 1000000) /* words to say; -1: as the model has it */ \
	ROW("pace-ms", pace_ms, -1, 60000) /* between two of them; 0 all at once */    \
	ROW("calls", calls, 1, 64)         /* tool calls */                            \
	ROW("status", status, 500, 599)    /* HTTP status of the error */              \
	ROW("retry-after-ms", retry_after_ms, 0, 86400000)                             \
	ROW("stall-ms", stall_ms, 3600000, 86400000)

enum script_play {
	PLAY_ECHO,
	PLAY_TOKENS,
	PLAY_TOOL,
	PLAY_THINKING,
	PLAY_ERROR,
	PLAY_STALL,
};

struct script {
	enum script_play play;
#define ROW(word, field, otherwise, most) int64_t field;
	SCRIPT_TABLE(ROW)
#undef ROW
	struct aip_str text; /* what there is to echo */
	bool after_tool;     /* the last turn holds tool results: text is what they said */
};

/* Reads the script off a call: its model's name and the last thing said. Borrows from the request.
 */
void script_read(struct aip_arena *arena, struct aip_str model, const struct aip_request *request,
                 struct script *ret);

/* This tool or the first behind it that a model can call and the client runs; NULL. */
const struct aip_tool *script_next_tool(const struct aip_tool *tool);

/* A rough count of the tokens of a text: four bytes each. */
int64_t script_tokens_of(struct aip_str text);
int64_t script_tokens_of_request(const struct aip_request *request);

#endif
