/* The canonical model: what every dialect is read into and written from.
 *
 *     aip_request    what a client asks: system, turns of parts, tools, sampling, …
 *     aip_event      what is answered, as it happens: start, blocks, usage, finish, end
 *     aip_response   the same answer whole: the fold of its events
 *
 * Conventions
 *   - Nodes are made only by the aip_*_new functions, in an arena, zeroed; zero means "not said".
 *     They are linked by pointers and never laid in arrays by value, so a node may grow at its end
 *     within an IR version.
 *   - Text is UTF-8 (WTF-8 for lone surrogates, see json.h). AIP_NONE is absent; empty is a value.
 *   - Numbers of a request are kept as their JSON lexeme (struct aip_str): 0.10 stays 0.10.
 *   - `raw` means JSON source bytes, spliced as they are: schemas, arguments, vendor blobs.
 *   - A request is read-only once it has been given to a provider. */
#ifndef AIPROXY_IR_H
#define AIPROXY_IR_H

#include <aiproxy/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Grows when a node changes its meaning; equal on both sides or a provider is refused. */
#define AIP_IR_VERSION 1

/* ---- Words -------------------------------------------------------------------------------- */

/* dialect, its word in configuration and logs, prefix of its response ids */
#define AIP_DIALECT_TABLE(ROW) \
	ROW(CHAT, "openai", "chatcmpl-") \
	ROW(COMPLETIONS, "openai-completions", "cmpl-") \
	ROW(RESPONSES, "openai-response", "resp_") \
	ROW(CLAUDE, "claude", "msg_") \
	ROW(GEMINI, "gemini", "")

enum aip_dialect {
	AIP_DIALECT_NONE,
#define ROW(name, word, id) AIP_##name,
	AIP_DIALECT_TABLE(ROW)
#undef ROW
	AIP_DIALECT_COUNT
};

AIP_API const char *aip_dialect_word(enum aip_dialect dialect);

enum aip_tri {
	AIP_UNSET,
	AIP_NO,
	AIP_YES,
};

enum aip_role {
	AIP_ROLE_SYSTEM, /* mid-conversation only; leading ones are request->system */
	AIP_ROLE_USER,
	AIP_ROLE_ASSISTANT,
	AIP_ROLE_TOOL, /* tool results and nothing else */
};

/* A field that no row of the canonical model knows: kept for a target of the same dialect. */
struct aip_ext {
	struct aip_ext *next;
	enum aip_dialect dialect;
	struct aip_str key;
	struct aip_str raw;
};

/* Cache breakpoint on a part, a tool or a system text. */
struct aip_cache {
	bool set;
	struct aip_str ttl; /* "5m", "30m", "1h"; AIP_NONE: the vendor's default */
	struct aip_str raw; /* as the client wrote it */
};

/* ---- Parts -------------------------------------------------------------------------------- */

enum aip_part_kind {
	AIP_TEXT,
	AIP_IMAGE,
	AIP_DOCUMENT,
	AIP_AUDIO,
	AIP_VIDEO,
	AIP_TOOL_CALL,
	AIP_TOOL_RESULT,
	AIP_THINKING,
	AIP_REDACTED_THINKING,
	AIP_REFUSAL,
	AIP_SERVER_CALL,   /* a tool the vendor ran itself */
	AIP_SERVER_RESULT,
	AIP_SEARCH_RESULT,
	AIP_COMPACTION,
	AIP_ITEM_REF,
	AIP_UNKNOWN_PART,  /* raw of one dialect */
};

enum aip_vendor {
	AIP_VENDOR_NONE,
	AIP_VENDOR_OPENAI,
	AIP_VENDOR_ANTHROPIC,
	AIP_VENDOR_GOOGLE,
	AIP_VENDOR_OTHER,
};

enum aip_opaque_kind {
	AIP_OPAQUE_SIGNATURE,         /* Anthropic, on a thinking block */
	AIP_OPAQUE_REDACTED,          /* Anthropic, a whole block */
	AIP_OPAQUE_ENCRYPTED,         /* OpenAI, on a reasoning item */
	AIP_OPAQUE_THOUGHT_SIGNATURE, /* Google, on any part */
};

/* Reasoning state that only its issuer can read. Valid at no other vendor; travels through other
 * dialects inside the gateway's envelope. */
struct aip_opaque {
	enum aip_vendor vendor;
	enum aip_opaque_kind kind;
	struct aip_str model;   /* that issued it, when known */
	struct aip_str item_id; /* OpenAI: the reasoning item it belongs to */
	struct aip_str data;    /* verbatim */
	enum aip_part_kind part; /* the kind of part it was attached to */
};

enum aip_citation_kind {
	AIP_CITE_URL,
	AIP_CITE_DOC_CHAR,
	AIP_CITE_DOC_PAGE,
	AIP_CITE_DOC_BLOCK,
	AIP_CITE_SEARCH_RESULT,
	AIP_CITE_FILE,
};

struct aip_citation {
	struct aip_citation *next;
	enum aip_citation_kind kind;
	struct aip_str url, title, cited_text, file_id;
	int64_t start, end;      /* code points in this text part; -1 unknown */
	int64_t doc_index;       /* -1 none */
	int64_t doc_start, doc_end; /* in the document: characters, pages or blocks; -1 unknown */
	enum aip_dialect dialect; /* of raw */
	struct aip_str raw;
};

enum aip_source {
	AIP_FROM_BASE64, /* data: standard padded base64 */
	AIP_FROM_URL,    /* data: the URL */
	AIP_FROM_FILE,   /* data: a vendor's file id */
	AIP_FROM_TEXT,   /* data: plain text (documents) */
	AIP_FROM_PARTS,  /* parts (documents) */
};

/* Image, document, audio or video. */
struct aip_media {
	enum aip_source source;
	struct aip_str data;
	struct aip_str mime;      /* "image/png"; AIP_NONE unknown */
	struct aip_part *parts;
	struct aip_str filename, title, context;
	struct aip_str detail;    /* image: auto low high original */
	struct aip_str resolution; /* Gemini media resolution, upper case */
	struct aip_str format;    /* audio: wav, mp3 … */
	struct aip_str transcript; /* audio answered */
	struct aip_str id;        /* audio reference */
	struct aip_str expires_at; /* lexeme, s */
	struct aip_str video_raw; /* Gemini videoMetadata */
	enum aip_tri citations;
};

enum aip_call_kind {
	AIP_CALL_FUNCTION, /* args: JSON text */
	AIP_CALL_CUSTOM,   /* args: free text */
};

struct aip_tool_call {
	enum aip_call_kind kind;
	struct aip_str id;        /* pairs with aip_tool_result.call_id */
	struct aip_str item_id;   /* Responses item id, never a call id */
	struct aip_str name;
	struct aip_str space;     /* namespace, Responses */
	struct aip_str args;      /* source text; never re-serialised */
	struct aip_str caller_raw;
	bool incomplete;          /* cut by max_tokens */
};

struct aip_tool_result {
	enum aip_call_kind kind;
	struct aip_str call_id;
	struct aip_str item_id;
	struct aip_str name;      /* resolved from the call */
	struct aip_part *parts;   /* text, image, document; NULL when raw is the content */
	struct aip_str raw;       /* structured content (Gemini response object) */
	enum aip_tri is_error;
	struct aip_str space;     /* namespace, resolved from the call */
};

struct aip_thinking {
	bool has_summary;         /* summary[] is the visible text, as Responses sends it */
	struct aip_part *summary; /* text parts */
	struct aip_str status;    /* Responses item status */
	bool omitted;             /* display omitted: the text is empty on purpose */
};

#define AIP_SERVER_TOOL_TABLE(ROW) \
	ROW(WEB_SEARCH, "web_search") \
	ROW(WEB_FETCH, "web_fetch") \
	ROW(CODE_EXECUTION, "code_execution") \
	ROW(IMAGE_GENERATION, "image_generation") \
	ROW(FILE_SEARCH, "file_search") \
	ROW(MCP, "mcp") \
	ROW(TOOL_SEARCH, "tool_search") \
	ROW(COMPUTER, "computer") \
	ROW(SHELL, "shell") \
	ROW(LOCAL_SHELL, "local_shell") \
	ROW(APPLY_PATCH, "apply_patch") \
	ROW(BASH, "bash") \
	ROW(TEXT_EDITOR, "text_editor") \
	ROW(MEMORY, "memory") \
	ROW(PROGRAMMATIC, "programmatic_tool_calling") \
	ROW(OTHER, "other")

enum aip_server_tool {
	AIP_SERVER_NONE,
#define ROW(name, word) AIP_SERVER_##name,
	AIP_SERVER_TOOL_TABLE(ROW)
#undef ROW
};

/* "web_search"; that of none is "". */
AIP_API const char *aip_server_tool_word(enum aip_server_tool tool);

/* A call the vendor answered itself, or its result. */
struct aip_server_part {
	enum aip_server_tool tool;
	struct aip_str id;       /* call: own id; result: the call's */
	struct aip_str name;
	struct aip_str input;    /* raw */
	struct aip_str results;  /* raw */
	enum aip_tri is_error;
	enum aip_dialect dialect; /* of raw */
	struct aip_str raw;      /* the vendor's whole block; AIP_NONE: another part has it */
	struct aip_str label;    /* MCP: the server whose tool `name` is; said of calls that every dialect with
	                          * such servers can tell, and of results where they tell it. Results are a
	                          * text, or a list of MCP's content */
};

struct aip_search_result {
	struct aip_str url, title;
	struct aip_part *parts;
	enum aip_tri citations;
};

/* One part of a turn. `kind` says which of the pointers is set; text serves TEXT, THINKING,
 * REFUSAL; raw serves COMPACTION, UNKNOWN_PART; id serves ITEM_REF. */
struct aip_part {
	struct aip_part *next;
	enum aip_part_kind kind;
	struct aip_str text;
	struct aip_str raw;
	struct aip_str id;
	enum aip_dialect dialect; /* of raw and ext */
	struct aip_cache cache;
	struct aip_opaque *opaque; /* signature, encrypted content; NULL none */
	struct aip_citation *citations;
	struct aip_media *media;
	struct aip_tool_call *call;
	struct aip_tool_result *result;
	struct aip_thinking *thinking;
	struct aip_server_part *server;
	struct aip_search_result *found;
	struct aip_ext *ext;
	bool developer; /* system text that came as role developer */
	struct aip_str logprobs; /* raw */
};

struct aip_turn {
	struct aip_turn *next;
	enum aip_role role;
	struct aip_part *parts;
	struct aip_str name;  /* participant name */
	bool developer;       /* a system turn that came as role developer */
	bool prefill;         /* a trailing assistant turn: to be continued */
	struct aip_ext *ext;
};

/* ---- Tools -------------------------------------------------------------------------------- */

enum aip_tool_kind {
	AIP_TOOL_FUNCTION,
	AIP_TOOL_CUSTOM,    /* free-form text input */
	AIP_TOOL_NAMESPACE, /* holds tools */
	AIP_TOOL_SERVER,    /* run by the vendor: server says which */
	AIP_TOOL_UNKNOWN,   /* raw of one dialect */
};

struct aip_name {
	struct aip_name *next;
	struct aip_str name;
};

/* A server of tools that the vendor calls by itself (Model Context Protocol): where it is, and which of its
 * tools may be called. authorization and headers are secrets: the upstream gets them and nobody else. */
struct aip_mcp {
	struct aip_str label, url, description;
	struct aip_str authorization; /* a bearer's token */
	struct aip_str headers;       /* raw: an object of texts */
	bool limited;                 /* to the tools of `allowed` */
	struct aip_name *allowed;
	bool asks;                    /* calls wait for the client's word, but those of `unasked` */
	struct aip_name *unasked;
	bool odd;                     /* limited in a way that only its own dialect can say */
	struct aip_str server_raw;    /* Claude: the server's entry, which stands apart from the tool's */
};

struct aip_tool {
	struct aip_tool *next;
	enum aip_tool_kind kind;
	struct aip_str name, space, description;
	struct aip_str schema;        /* raw; AIP_NONE when there was none */
	struct aip_str output_schema; /* raw */
	enum aip_tri strict;
	bool strict_null;             /* "strict": null was said */
	struct aip_str grammar_syntax, grammar; /* CUSTOM: lark or regex; AIP_NONE: any text */
	struct aip_tool *tools;       /* NAMESPACE */
	enum aip_server_tool server;
	struct aip_str type;          /* SERVER: vendor's versioned type, "web_search_20250305" */
	struct aip_cache cache;
	enum aip_tri defer_loading, eager_streaming;
	struct aip_str allowed_callers, examples; /* raw */
	/* SERVER web search and fetch: raw JSON each */
	struct aip_str allowed_domains, blocked_domains, location, context_size, max_uses;
	enum aip_dialect dialect;     /* of raw and ext */
	struct aip_str raw;           /* the whole tool as its dialect wrote it */
	struct aip_ext *ext;
	struct aip_mcp *mcp;          /* SERVER MCP, when its server is known */
};

enum aip_choice_mode {
	AIP_CHOICE_UNSET,
	AIP_CHOICE_AUTO,
	AIP_CHOICE_NONE,
	AIP_CHOICE_REQUIRED,
	AIP_CHOICE_NAMED,     /* name, call_kind */
	AIP_CHOICE_ALLOWED,   /* names, required */
	AIP_CHOICE_SERVER,    /* server */
	AIP_CHOICE_VALIDATED, /* Gemini */
};

struct aip_tool_choice {
	enum aip_choice_mode mode;
	struct aip_str name;
	enum aip_call_kind call_kind;
	enum aip_server_tool server;
	struct aip_name *names; /* ALLOWED, VALIDATED */
	bool required;          /* ALLOWED: mode required instead of auto */
	struct aip_str raw;
	struct aip_name *servers; /* ALLOWED: types of the vendor's tools among them, labels of MCP servers */
};

/* ---- Request ------------------------------------------------------------------------------ */

/* Lexemes; AIP_NONE is not said. */
struct aip_sampling {
	struct aip_str temperature, top_p, top_k, seed, presence_penalty, frequency_penalty, n;
	struct aip_name *stop;
	struct aip_str logit_bias; /* raw */
	enum aip_tri logprobs;
	struct aip_str top_logprobs;
};

enum aip_format {
	AIP_FORMAT_UNSET,
	AIP_FORMAT_TEXT,
	AIP_FORMAT_JSON_OBJECT,
	AIP_FORMAT_JSON_SCHEMA,
	AIP_FORMAT_ENUM,
	AIP_FORMAT_GRAMMAR, /* grammar or regex, raw */
};

struct aip_output {
	enum aip_format format;
	struct aip_str name, description;
	struct aip_str schema; /* raw */
	enum aip_tri strict;
	struct aip_str verbosity;  /* low medium high */
	struct aip_str modalities; /* raw array as its dialect spells it */
	struct aip_str audio, image, speech, prediction; /* raw */
	struct aip_str raw;
};

enum aip_reasoning_mode {
	AIP_REASONING_UNSET,
	AIP_REASONING_OFF,
	AIP_REASONING_AUTO,
	AIP_REASONING_LEVEL,
	AIP_REASONING_BUDGET,
};

/* level, its word, the budget it stands for, the highest budget that maps back to it */
#define AIP_LEVEL_TABLE(ROW) \
	ROW(MINIMAL, "minimal", 512, 512) \
	ROW(LOW, "low", 1024, 1024) \
	ROW(MEDIUM, "medium", 8192, 8192) \
	ROW(HIGH, "high", 24576, 24576) \
	ROW(XHIGH, "xhigh", 32768, INT64_MAX) \
	ROW(MAX, "max", 128000, -1)

enum aip_level {
	AIP_LEVEL_NONE,
#define ROW(name, word, budget, upto) AIP_LEVEL_##name,
	AIP_LEVEL_TABLE(ROW)
#undef ROW
	AIP_LEVEL_COUNT
};

enum aip_summary {
	AIP_SUMMARY_UNSET,
	AIP_SUMMARY_OFF,
	AIP_SUMMARY_AUTO,
	AIP_SUMMARY_CONCISE,
	AIP_SUMMARY_DETAILED,
};

struct aip_reasoning {
	enum aip_reasoning_mode mode;
	enum aip_level level;
	int64_t budget;
	enum aip_summary summary;
	bool summary_explicit; /* the client said so itself */
	bool effort_only;      /* Claude: effort without a thinking block */
	struct aip_str context, exec_mode; /* Responses, raw */
};

struct aip_state {
	enum aip_tri store, background;
	struct aip_str previous_response_id;
	struct aip_str conversation, prompt, context_management, container; /* raw */
	struct aip_str truncation;
};

struct aip_request_cache {
	struct aip_str key, retention, options; /* options raw */
	struct aip_str resource;                /* Gemini cachedContent */
	struct aip_cache automatic;             /* Claude: top-level cache_control */
};

struct aip_stream_options {
	enum aip_tri include_usage, include_obfuscation;
};

/* What making a history canonical changed of it. */
struct aip_repairs {
	uint32_t answered;   /* calls without a result, answered by the gateway */
	uint32_t orphans;    /* results of no call, left out */
	uint32_t duplicates; /* results of a call that had one: the last counts */
	uint32_t misplaced;  /* calls and thinking in the mouth of another than the assistant, left out */
};

struct aip_request {
	enum aip_dialect dialect; /* it was written in */
	struct aip_str model;
	bool stream;
	struct aip_part *system;  /* text parts, order kept */
	struct aip_turn *turns;
	struct aip_tool *tools;
	struct aip_tool_choice choice;
	enum aip_tri parallel_tools;
	struct aip_str max_tool_calls;    /* lexeme */
	struct aip_str max_output_tokens; /* lexeme */
	struct aip_sampling sampling;
	struct aip_output output;
	struct aip_reasoning reasoning;
	struct aip_request_cache cache;
	struct aip_state state;
	struct aip_name *include;
	struct aip_str user_id;
	struct aip_str metadata; /* raw object */
	struct aip_str service_tier; /* IR words: auto standard flex priority fast ultrafast scale */
	struct aip_str safety;   /* raw */
	struct aip_stream_options stream_options;
	struct aip_str betas;    /* raw: Claude body betas */
	struct aip_ext *ext;
	bool legacy_functions;   /* Chat: functions and function_call instead of tools */
	struct aip_str source;   /* the client's body; raw and lexemes borrow from it */
	struct aip_repairs repairs;
};

/* ---- Answer ------------------------------------------------------------------------------- */

/* Tokens; -1 is unknown, which differs from 0. Inclusion is fixed here, whatever the wire says:
 * in_total contains cache_read, cache_write and tool_in; out_total contains reasoning. */
#define AIP_USAGE_TABLE(ROW) \
	ROW(in_total) ROW(cache_read) ROW(cache_write) ROW(cache_write_5m) ROW(cache_write_1h) \
	ROW(tool_in) ROW(out_total) ROW(reasoning) ROW(audio_in) ROW(audio_out) ROW(image_in) \
	ROW(pred_accepted) ROW(pred_rejected) ROW(searches) ROW(fetches) ROW(total_reported)

struct aip_usage {
#define ROW(name) int64_t name;
	AIP_USAGE_TABLE(ROW)
#undef ROW
};

AIP_API void aip_usage_init(struct aip_usage *usage); /* all unknown */
/* Merges a later snapshot of one stream: figures are cumulative. Input side keeps the larger,
 * output side the last one known. */
AIP_API void aip_usage_merge(struct aip_usage *into, const struct aip_usage *later);
AIP_API bool aip_usage_known(const struct aip_usage *usage);

enum aip_stop {
	AIP_STOP_UNSET,
	AIP_STOP_END_TURN,
	AIP_STOP_SEQUENCE,
	AIP_STOP_TOOL_USE,
	AIP_STOP_MAX_TOKENS,
	AIP_STOP_CONTEXT_WINDOW,
	AIP_STOP_CONTENT_FILTER,
	AIP_STOP_REFUSAL,
	AIP_STOP_PAUSE_TURN,
	AIP_STOP_COMPACTION,
	AIP_STOP_BAD_TOOL_CALL,
	AIP_STOP_OTHER,
};

struct aip_candidate {
	struct aip_candidate *next;
	uint32_t index;
	struct aip_part *parts;
	enum aip_stop stop;
	struct aip_str stop_sequence;
	struct aip_str stop_details, logprobs, grounding, safety; /* raw */
};

struct aip_response {
	struct aip_str id;
	int64_t created_s; /* 0 unknown */
	struct aip_str model;
	struct aip_str service_tier;
	struct aip_str system_fingerprint;
	struct aip_candidate *candidates;
	struct aip_usage usage;
	struct aip_str block_reason, block_message; /* Gemini promptFeedback */
	struct aip_ext *ext;
};

/* ---- Events ------------------------------------------------------------------------------- */

enum aip_event_kind {
	/* generate */
	AIP_EV_START,       /* id, model, created_s, service_tier, usage (input side, may be NULL) */
	AIP_EV_BLOCK_START, /* candidate, block, part: kind and head fields; kinds without a delta of
	                     * their own (server results, documents, unknown …) are whole here */
	AIP_EV_DELTA,       /* candidate, block, delta, text … */
	AIP_EV_BLOCK_STOP,  /* candidate, block, part: authoritative final fields, or NULL */
	AIP_EV_USAGE,       /* usage: cumulative snapshot */
	AIP_EV_FINISH,      /* candidate, stop, stop_sequence, details, grounding; part->ext: what no
	                     * other field of an answer has a place for; raw: logprobs of the
	                     * whole candidate */
	AIP_EV_PING,
	AIP_EV_ERROR,       /* error; terminal */
	AIP_EV_END,         /* terminal; also ends calls of every other purpose */
	/* other purposes */
	AIP_EV_TOKENS,      /* count: usage->in_total */
	AIP_EV_MODEL,       /* list models: model */
	AIP_EV_ACCOUNT,     /* log in, refresh: account */
	AIP_EV_QUOTA,       /* quota: quota */
};

enum aip_delta {
	AIP_DELTA_TEXT,      /* text: appended */
	AIP_DELTA_THINK,     /* text: appended */
	AIP_DELTA_SUMMARY,   /* text: appended to summary part `index` */
	AIP_DELTA_OPAQUE,    /* part->opaque: whole, once, before the stop */
	AIP_DELTA_ARGS,      /* text: fragment of JSON, or of free text for custom calls */
	AIP_DELTA_CITATION,  /* citation */
	AIP_DELTA_LOGPROBS,  /* raw: array of a token's entries each; those of a block join */
	AIP_DELTA_AUDIO,     /* text: base64; transcript */
	AIP_DELTA_IMAGE,     /* text: base64, whole; index 0: the picture; from 1: what it looks like on the way */
	AIP_DELTA_REFUSAL,   /* text: appended */
	AIP_DELTA_RAW,       /* raw: a vendor's delta without a place in the model */
};

struct aip_model;
struct aip_account;
struct aip_quota;

/* One event. The emitter owns it; it is borrowed until emit returns, so it may stand on the stack
 * and point into the bytes of the step. `block` is unique over the stream and grows. */
struct aip_event {
	enum aip_event_kind kind;
	uint32_t candidate;
	uint32_t block;
	enum aip_delta delta;
	uint32_t index;
	struct aip_str text;
	struct aip_str transcript;
	struct aip_str raw;
	const struct aip_part *part;
	const struct aip_citation *citation;
	const struct aip_usage *usage;
	enum aip_stop stop;
	struct aip_str stop_sequence;
	struct aip_str stop_details, grounding, safety; /* raw */
	struct aip_str id, model_name, service_tier, system_fingerprint;
	int64_t created_s;
	const struct aip_error *error;
	const struct aip_model *model;
	const struct aip_account *account;
	const struct aip_quota *quota;
	struct aip_str block_reason, block_message; /* FINISH: the prompt itself was refused (Gemini) */
};

/* Where events go. A status other than AIP_OK tells the emitter to stop and return it. */
struct aip_sink {
	enum aip_status (*emit)(void *to, const struct aip_event *event);
	void *to;
};

static inline enum aip_status aip_emit(struct aip_sink sink, const struct aip_event *event)
{
	return sink.emit(sink.to, event);
}

/* ---- Making nodes ------------------------------------------------------------------------- */

AIP_API struct aip_request *aip_request_new(struct aip_arena *arena);
AIP_API struct aip_turn *aip_turn_new(struct aip_arena *arena, enum aip_role role);
/* With the pointer its kind needs (media, call, …) already made. */
AIP_API struct aip_part *aip_part_new(struct aip_arena *arena, enum aip_part_kind kind);
AIP_API struct aip_tool *aip_tool_new(struct aip_arena *arena, enum aip_tool_kind kind);
AIP_API struct aip_opaque *aip_opaque_new(struct aip_arena *arena);
AIP_API struct aip_citation *aip_citation_new(struct aip_arena *arena);
AIP_API struct aip_name *aip_name_new(struct aip_arena *arena, struct aip_str name);
AIP_API struct aip_ext *aip_ext_new(struct aip_arena *arena, enum aip_dialect dialect,
                                    struct aip_str key, struct aip_str raw);
AIP_API struct aip_candidate *aip_candidate_new(struct aip_arena *arena, uint32_t index);
AIP_API struct aip_response *aip_response_new(struct aip_arena *arena);

/* Appends a node behind the last of a list whose links are called next: AIP_APPEND(&turn->parts,
 * part). Walks the list; a reader of long lists keeps the tail itself: struct aip_part **tail. */
#define AIP_APPEND(head, node) \
	do { \
		__typeof__(head) at_ = (head); \
		while (*at_) \
			at_ = &(*at_)->next; \
		*at_ = (node); \
	} while (0)

/* ---- Passes over a request ---------------------------------------------------------------- */

enum aip_loss {
	AIP_LENIENT, /* what a target lacks is dropped, and its path recorded */
	AIP_STRICT,  /* what would be dropped is refused with AIP_UNSUPPORTED */
};

/* Brings a freshly read request into canonical shape: leading system turns hoisted, results in turns
 * of role tool, equal neighbours merged, calls and results paired and repaired, ids made for calls
 * without one, names of results resolved, prefill marked. Every codec's reader ends with it; calling
 * it twice changes nothing. What it made up or left out is counted in request->repairs.
 *
 *   a call without a result, anything behind it   is answered with an error that says so
 *   a call without a result, nothing behind it    stays: the client may be about to answer
 *   a result that no call before it asked for     is left out
 *   two results of one call                       the last counts, where the first stood
 *   a result away from its call                   moves behind it; what stood between follows
 *   an id that is used again                      belongs to the nearest call that waits, and is renamed
 *   a result without an id                        goes by name, else by place, to the turn before it
 *
 * Pure but for the arena. */
AIP_API enum aip_status aip_request_canon(struct aip_arena *arena, struct aip_request *request,
                                          struct aip_error *reterr);

/* Checks what a canonical request promises (pairing, roles, non-empty names, kinds and their
 * pointers). For tests and for providers that build requests. */
AIP_API aip_nodiscard enum aip_status aip_request_check(const struct aip_request *request,
                                                        struct aip_error *reterr);

/* ---- Streams ------------------------------------------------------------------------------ */

/* Guards the order of a stream of events. Each stream of a codec's decoder and of a provider passes
 * one, so encoders rely on what comes out of it:
 *
 *   - one START, first; then blocks, usage, one FINISH a candidate; END or ERROR, once, last
 *   - at most one block of text, thinking, refusal or audio is open in a candidate: opening one closes
 *     the other; FINISH closes what is open. A stop for a block so closed is swallowed
 *   - a tool call has a name and an id (made from the stream's id when missing); one that never got a
 *     name is left out with all its deltas
 *   - content comes as deltas, also what a decoder put only into the part of a start or a stop. An
 *     opaque value comes as a delta too, or in the start's part (never so for thinking). Arguments of a
 *     function are never nothing ("{}"), unless the call was cut, which the stop's part says
 *     (call->incomplete)
 *   - deltas without bytes produce nothing; of several opaque values of a block the first is kept
 *   - USAGE is the merge of all snapshots so far; one that came before START goes out with it
 *   - stop is TOOL_USE when calls are delivered and nothing went wrong: END_TURN, SEQUENCE, PAUSE_TURN and
 *     OTHER with calls become TOOL_USE, as do MAX_TOKENS and CONTEXT_WINDOW when all calls are whole; TOOL_USE
 *     without calls becomes END_TURN
 *   - whatever follows END or ERROR is swallowed, and so are a second START and a second FINISH
 *
 * In the steady state (deltas, usage) nothing is allocated. */
struct aip_stream_guard;
AIP_API struct aip_stream_guard *aip_stream_guard_new(struct aip_arena *arena, struct aip_sink into);
/* AIP_GUEST_BROKEN, with a sentence, for an order that cannot be mended: a block before START or after
 * its candidate's FINISH, a block number that does not grow, a delta without an open block or of a
 * kind that its block has no place for. A status of the sink is returned as it is. */
AIP_API aip_nodiscard enum aip_status aip_stream_guard_emit(struct aip_stream_guard *guard,
                                                            const struct aip_event *event,
                                                            struct aip_error *reterr);
/* The stream's bytes have ended: emits END, or ERROR (UPSTREAM_BROKEN) when the answer is not whole.
 *
 *   marked  the dialect's own end marker was seen
 *   loose   a stream may end without one
 *
 * Whole is: each candidate has finished; or it was marked or loose, not cut, showed more than thinking
 * and left no call half told: it then finishes with END_TURN or TOOL_USE. Nothing after an end. */
AIP_API aip_nodiscard enum aip_status aip_stream_guard_eof(struct aip_stream_guard *guard, bool cut,
                                                           bool marked, bool loose);
AIP_API bool aip_stream_guard_ended(const struct aip_stream_guard *guard);

/* Collects events into a response: the whole answer for clients that did not ask to stream. */
struct aip_fold;
AIP_API struct aip_fold *aip_fold_new(struct aip_arena *arena);
AIP_API enum aip_status aip_fold_add(struct aip_fold *fold, const struct aip_event *event);
/* The response so far; complete after END. The last ERROR, or NULL, in *error. */
AIP_API struct aip_response *aip_fold_response(struct aip_fold *fold, const struct aip_error **error);

/* The other way: a whole response as the events of a stream, ending with END. */
AIP_API enum aip_status aip_unfold(const struct aip_response *response, struct aip_sink sink);

/* ---- Models ------------------------------------------------------------------------------- */

/* What an upstream model can do. The widest legal mapping is the default: an unknown model passes the
 * client's intent on and lets the upstream answer. One row a key: type, name, and the words it takes ("":
 * any); the data files of the providers (models.json) and the configuration use the same names. */
#define AIP_CAPS_LEVELS "minimal low medium high xhigh max none auto"
#define AIP_CAPS_TABLE(ROW) \
	/* limits: tokens, 0 unknown */ \
	ROW(INT, context, "") ROW(INT, max_output, "") ROW(INT, default_output, "") \
	/* reasoning; thinking NO: the model has none */ \
	ROW(TRI, thinking, "") \
	ROW(SET, modes, "budget level adaptive") \
	ROW(SET, levels, AIP_CAPS_LEVELS) \
	ROW(INT, budget_min, "") ROW(INT, budget_max, "") \
	ROW(TRI, can_disable, "") ROW(TRI, dynamic, "") ROW(TRI, default_on, "") \
	ROW(WORD, default_display, "summarized omitted") \
	ROW(WORD, disable_max_effort, AIP_CAPS_LEVELS) /* highest effort with thinking disabled */ \
	ROW(WORD, forced_tool_with_thinking, "ok disable_thinking reject") \
	ROW(WORD, sig_scope, "vendor model") \
	ROW(TRI, unsigned_thinking_ok, "") \
	ROW(WORD, chat_reasoning_replay, "required allowed forbidden") \
	ROW(TRI, chat_tools_need_effort_none, "") \
	/* sampling */ \
	ROW(WORD, temperature, "free fixed none") \
	ROW(TRI, top_p, "") ROW(TRI, top_k, "") ROW(TRI, temp_xor_top_p, "") \
	ROW(TRI, penalties, "") ROW(TRI, logprobs, "") ROW(TRI, seed, "") \
	ROW(INT, stop_max, "") \
	/* input */ \
	ROW(TRI, image, "") ROW(TRI, pdf, "") ROW(TRI, audio, "") \
	ROW(TRI, video, "") ROW(TRI, http_file_uri, "") \
	ROW(TRI, chat_tool_image, "") ROW(TRI, fr_parts, "") \
	ROW(TRI, mid_system, "") ROW(WORD, chat_system_role, "system developer user") \
	/* output */ \
	ROW(TRI, structured_out, "") ROW(WORD, json_schema_field, "") \
	ROW(TRI, image_out, "") ROW(TRI, audio_out, "") ROW(TRI, prefill, "") \
	/* tools */ \
	ROW(TRI, function, "") ROW(TRI, custom, "") ROW(TRI, parallel, "") \
	ROW(TRI, strict, "") ROW(SET, server, "") \
	ROW(TRI, mix_server_and_function, "") ROW(WORD, schema_profile, "") \
	ROW(TRI, fc_id, "") \
	/* servers that imitate OpenAI Chat; chat_empty_content: beside tool calls */ \
	ROW(WORD, chat_max_tokens_name, "max_tokens max_completion_tokens") \
	ROW(WORD, chat_user_field, "user safety_identifier") \
	ROW(WORD, chat_reasoning_field, "reasoning_content reasoning") \
	ROW(WORD, chat_empty_content, "null empty") \
	ROW(WORD, chat_response_format, "none json_object json_schema") \
	ROW(TRI, chat_string_content, "") ROW(TRI, chat_single_system, "") \
	ROW(TRI, chat_stream_usage, "") ROW(TRI, chat_parallel_param, "") \
	ROW(TRI, chat_strict_param, "") ROW(TRI, chat_tool_choice_required, "") \
	/* media: how closely to look is said per part */ \
	ROW(TRI, part_resolution, "")

typedef int64_t aip_caps_INT;
typedef enum aip_tri aip_caps_TRI;
typedef const char *aip_caps_WORD; /* NULL: the default */
typedef const char *aip_caps_SET;  /* words separated by blanks; NULL: unknown, take the widest */

struct aip_caps {
#define ROW(type, name, words) aip_caps_##type name;
	AIP_CAPS_TABLE(ROW)
#undef ROW
};

/* True when a SET holds the word. A NULL set holds nothing; ask for NULL first when that matters. */
AIP_API bool aip_caps_has(aip_caps_SET set, const char *word);
/* Name of the i-th key in the table's order; NULL behind the last. */
AIP_API const char *aip_caps_key(size_t i);
/* Sets one capability from its JSON value: true, a number, a word, for a SET words separated by blanks or
 * an array of words.
 *
 * AIP_BAD_REQUEST: the value is not of the key's type, or not among its words; the message says what is.
 * AIP_NOT_FOUND: there is no such key. */
AIP_API aip_nodiscard enum aip_status aip_caps_set(struct aip_arena *arena, struct aip_caps *caps,
                                                   struct aip_str key, struct aip_str json,
                                                   struct aip_error *reterr);

/* One model of a provider's catalogue, or one told by an upstream. Times in unix seconds. */
struct aip_model {
	const struct aip_model *next;
	struct aip_str id;           /* upstream's name */
	struct aip_str display_name, owned_by, type, version, description;
	int64_t created_s;
	struct aip_str methods;      /* Gemini: supportedGenerationMethods, blank-separated */
	struct aip_caps caps;
};

/* Reads a catalogue: {"models":[{"id":…,"created":…,"owned_by":…,"display_name":…, <caps keys>}]}.
 * Unknown keys are refused: a typing error must not look like a capability. */
AIP_API aip_nodiscard enum aip_status aip_models_read(struct aip_arena *arena, struct aip_str json,
                                                      const struct aip_model **ret,
                                                      struct aip_error *reterr);

/* The record of a model nobody described. Never NULL; static. */
AIP_API const struct aip_model *aip_model_unknown(void);

#ifdef __cplusplus
}
#endif
#endif
