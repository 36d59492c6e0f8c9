/* What a client calls the field that another dialect's word stands for. */
#include <aiproxy/rules.h>

/* NULL: the word is the same there, or the dialect has no such field. */
struct field {
	const char *path, *responses, *claude, *gemini;
};

static const struct field fields[] = {
	{"audio", NULL, NULL, "generationConfig.speechConfig"},
	{"frequency_penalty", NULL, NULL, "generationConfig.frequencyPenalty"},
	{"imageConfig", NULL, NULL, "generationConfig.imageConfig"},
	{"logprobs", "top_logprobs", NULL, "generationConfig.responseLogprobs"},
	{"max_tokens", "max_output_tokens", NULL, "generationConfig.maxOutputTokens"},
	{"messages.image_url.detail", "input", "messages", "contents.parts.mediaResolution"},
	{"metadata", NULL, NULL, "labels"},
	{"modalities", NULL, NULL, "generationConfig.responseModalities"},
	{"moderation", NULL, NULL, "safetySettings"},
	{"n", NULL, NULL, "generationConfig.candidateCount"},
	{"parallel_tool_calls", NULL, "tool_choice.disable_parallel_tool_use", NULL},
	{"presence_penalty", NULL, NULL, "generationConfig.presencePenalty"},
	{"reasoning", NULL, "thinking", "generationConfig.thinkingConfig"},
	{"reasoning_effort", "reasoning.effort", "output_config.effort",
         "generationConfig.thinkingConfig.thinkingLevel"},
	{"response_format", "text.format", "output_config.format",
         "generationConfig.responseMimeType"},
	{"response_format.json_schema", "text.format.schema", "output_config.format.schema",
         "generationConfig.responseSchema"},
	{"responseModalities", NULL, NULL, "generationConfig.responseModalities"},
	{"safety", NULL, NULL, "safetySettings"},
	{"seed", NULL, NULL, "generationConfig.seed"},
	{"speechConfig", NULL, NULL, "generationConfig.speechConfig"},
	{"stop", NULL, "stop_sequences", "generationConfig.stopSequences"},
	{"temperature", NULL, NULL, "generationConfig.temperature"},
	{"tool_choice", NULL, NULL, "toolConfig.functionCallingConfig"},
	{"tools.server", "tools", "tools", "tools"},
	{"top_k", NULL, NULL, "generationConfig.topK"},
	{"top_logprobs", NULL, NULL, "generationConfig.logprobs"},
	{"top_p", NULL, NULL, "generationConfig.topP"},
	{"user", NULL, "metadata.user_id", NULL},
	{"verbosity", "text.verbosity", NULL, NULL},
};

/* Whatever stands in the history. */
static const struct field turns = {"messages", "input", "messages", "contents"};

static const struct field *field_of(struct aip_str path)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (aip_str_is(path, fields[i].path))
			return &fields[i];
	return aip_str_starts(path, aip_str(turns.path)) ? &turns : NULL;
}

const char *aip_client_field(enum aip_dialect client, const char *path)
{
	const struct field *field = field_of(aip_str(path));
	const char *own = NULL;

	if (field && client == AIP_RESPONSES)
		own = field->responses;
	else if (field && client == AIP_CLAUDE)
		own = field->claude;
	else if (field && client == AIP_GEMINI)
		own = field->gemini;
	return own ? own : path;
}
