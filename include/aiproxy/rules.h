/* Rules that all codecs share, each once: names of tools, ids, schemas, opaque reasoning, effort and
 * budgets, media, stop reasons and usage of odd upstreams.
 *
 * Pure functions over the canonical model; any thread. */
#ifndef AIPROXY_RULES_H
#define AIPROXY_RULES_H

#include <aiproxy/codec.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Before writing ----------------------------------------------------------------------- */

/* What is the same for every upstream: tells in ctx->warnings what was mended in the history, and
 * judges the effort by the model's levels. Strictly, a level that the model lacks is AIP_UNSUPPORTED,
 * naming the client's field and the levels there are; leniently the codec sends the nearest. A compacted
 * history that is all there is, of another dialect than ctx->upstream, is AIP_UNSUPPORTED, and so is a
 * limit of no tokens, which asks Anthropic's API alone to fill its cache. Called by aip_exchange_body; a
 * provider that calls write_request itself calls it first. */
AIP_API aip_nodiscard enum aip_status aip_request_fit(struct aip_codec_ctx *ctx,
                                                      const struct aip_request *request,
                                                      struct aip_error *reterr);

/* What a client of a dialect calls the field that `path` says in the words of Chat Completions:
 * "stop" is "stop_sequences" to a client of Claude. `path` itself where the words are the same. */
AIP_API const char *aip_client_field(enum aip_dialect client, const char *path);

/* ---- Names and ids ------------------------------------------------------------------------ */

/* What a target allows in a function name and a call id. */
struct aip_name_rule {
	size_t name_max;        /* bytes */
	const char *name_extra; /* beyond letters, digits, _ and - : Gemini "." and ":" */
	bool name_starts_alpha; /* first byte a letter or _ */
	size_t id_max;          /* 0: no limit */
	bool id_strict;         /* ids of [A-Za-z0-9_-] only */
};

extern AIP_API const struct aip_name_rule aip_names_openai, aip_names_responses, aip_names_claude,
	aip_names_gemini;

/* What clients and upstreams of a dialect take; never NULL. */
AIP_API const struct aip_name_rule *aip_names_of(enum aip_dialect dialect);

/* Makes the name map of a request: every tool, choice and historic call gets a legal, unique name;
 * tools inside a namespace are flattened to "space__name" when `flatten`, and unique within theirs
 * otherwise. Returns NULL when nothing had to change. */
AIP_API struct aip_names *aip_names_make(struct aip_arena *arena, const struct aip_request *request,
                                         const struct aip_name_rule *rule, bool flatten);
/* The name to send; `space` may be AIP_NONE. names may be NULL: the name itself. */
AIP_API struct aip_str aip_names_out(const struct aip_names *names, struct aip_str space,
                                     struct aip_str name);
/* Back to the client's own name and namespace (AIP_NONE when it had none). *space is the namespace
 * that the wire told, AIP_NONE on wires that know none; it stays for names that the map lacks. */
AIP_API struct aip_str aip_names_in(const struct aip_names *names, struct aip_str sent,
                                    struct aip_str *space);
/* A call id that the target accepts; the same for the call and its result. Legal ids stay. */
AIP_API struct aip_str aip_call_id(struct aip_arena *arena, const struct aip_name_rule *rule,
                                   struct aip_str id);

/* ---- Schemas ------------------------------------------------------------------------------ */

#define AIP_SCHEMA_TABLE(ROW) \
	ROW(RAW, "raw") \
	ROW(OPENAI_STRICT, "openai_strict") \
	ROW(CLAUDE_TOOL, "claude_tool") \
	ROW(CLAUDE_STRICT, "claude_strict") \
	ROW(GEMINI_OPENAPI, "gemini_openapi")

enum aip_schema_profile {
#define ROW(name, word) AIP_SCHEMA_##name,
	AIP_SCHEMA_TABLE(ROW)
#undef ROW
};

/* Writes a schema (raw JSON, AIP_NONE: an empty object schema) as the profile wants it. Lexemes and
 * key order survive; a schema that needs no change is copied byte for byte. is_tool: a root that is no
 * object is wrapped. AIP_UNSUPPORTED when it cannot be converted (openai_strict: the caller then sends
 * strict false). */
AIP_API aip_nodiscard enum aip_status aip_schema_write(struct aip_arena *arena, struct aip_str schema,
                                                       enum aip_schema_profile profile, bool is_tool,
                                                       struct aip_json_out *out,
                                                       struct aip_error *reterr);

/* JSON Schema of an OpenAPI-subset schema as Gemini's `parameters` and `responseSchema` have it: types in
 * lower case, nullable as a union with null. Borrows when nothing has to change. */
AIP_API struct aip_str aip_schema_from_openapi(struct aip_arena *arena, struct aip_str schema);

/* ---- Opaque reasoning --------------------------------------------------------------------- */

/* The slot's value for a client of dialect ctx->client: verbatim when its vendor is native there, else
 * in the gateway's envelope: "gw1." and base64url of {p: vendor, m: model, k: kind, i: item id, t: kind of
 * part, d: data}. AIP_NONE: nothing in it, or more than 64 KiB wrapped: leave the slot out. */
AIP_API struct aip_str aip_opaque_out(struct aip_codec_ctx *ctx, const struct aip_opaque *opaque);
/* A slot's value from a client: unwraps the envelope, or takes it as native to `vendor`. NULL when it is an
 * envelope, but not one we made: another version, unknown words, too large, one inside another. */
AIP_API struct aip_opaque *aip_opaque_in(struct aip_arena *arena, struct aip_str value,
                                         enum aip_vendor vendor, enum aip_opaque_kind kind,
                                         enum aip_part_kind part);
/* True when the upstream of ctx can read it. */
AIP_API bool aip_opaque_is_native(const struct aip_codec_ctx *ctx, const struct aip_opaque *opaque);

/* ---- Reasoning ---------------------------------------------------------------------------- */

AIP_API const char *aip_level_word(enum aip_level level);
/* Words are trimmed and lower-cased; false for an unknown one. "none" and "auto" are modes. */
AIP_API bool aip_reasoning_parse(struct aip_str word, struct aip_reasoning *into);
AIP_API int64_t aip_level_budget(enum aip_level level);
AIP_API enum aip_level aip_budget_level(int64_t budget);
/* Nearest level the model has, ties downwards; `levels` as in the capability record, NULL takes all. */
AIP_API enum aip_level aip_level_clamp(enum aip_level level, aip_caps_SET levels);
/* The level that stands for a reasoning setting (LEVEL or BUDGET); AIP_LEVEL_NONE otherwise. */
AIP_API enum aip_level aip_reasoning_level(const struct aip_reasoning *reasoning);
/* The budget that stands for it, clamped to the caps' range. */
AIP_API int64_t aip_reasoning_budget(const struct aip_reasoning *reasoning,
                                     const struct aip_caps *caps);
/* Splits "name(high)", "name(8192)", "name(none)": *ret_base the name, *into the setting. AIP_OK also
 * when there is no suffix (base is the whole name, into untouched); AIP_BAD_REQUEST for an unknown word
 * or number. */
AIP_API enum aip_status aip_model_suffix(struct aip_str model, struct aip_str *ret_base,
                                         struct aip_reasoning *into, struct aip_error *reterr);

/* ---- Media -------------------------------------------------------------------------------- */

/* "data:image/png;base64,…" into mime and standard base64; a missing mime is sniffed. False when it is
 * no data URL or not decodable. */
AIP_API aip_nodiscard bool aip_data_url(struct aip_arena *arena, struct aip_str url,
                                        struct aip_media *into);
/* A file's content as the OpenAI dialects have it: a data URL, or bare base64 whose media type is told by
 * into->filename, else by its first bytes. False when it is neither. */
AIP_API aip_nodiscard bool aip_file_data(struct aip_arena *arena, struct aip_str data,
                                         struct aip_media *into);
/* "data:<mime>;base64,<data>" of BASE64 media. */
AIP_API struct aip_str aip_data_url_of(struct aip_arena *arena, const struct aip_media *media);
/* Media type by the first bytes (png jpeg gif webp pdf wav mp3), "application/octet-stream" else. */
AIP_API const char *aip_sniff_base64(struct aip_str base64);
/* Media type by the ending of a file's name or of a URL's path; AIP_NONE: it says nothing. */
AIP_API struct aip_str aip_mime_of_name(struct aip_str name);
/* IMAGE, AUDIO or VIDEO by a media type; DOCUMENT for all others. */
AIP_API enum aip_part_kind aip_media_kind(struct aip_str mime);
/* Whether the part's media stands at a URL where an upstream of that dialect does not look, while it takes
 * media of the kind inline: its codec refuses the URL. A host that can may fetch the bytes and have the part
 * say them (source BASE64, data, mime) before the request is written. */
AIP_API bool aip_media_needs_bytes(enum aip_dialect upstream, const struct aip_caps *caps,
                                   const struct aip_part *part);
/* Whether anyone may look there: an http or https URL, and none that only Google's own services open. */
AIP_API bool aip_media_is_remote(const struct aip_media *media);
/* The media type of bytes that were fetched for a part: by their beginning, else by the Content-Type that
 * came with them, else by what the part or the URL says. AIP_NONE: nobody knows, or they are of another
 * kind than the part. */
AIP_API struct aip_str aip_media_fetched_type(const struct aip_part *part, struct aip_str content_type,
                                              struct aip_str base64);

/* ---- Arguments ---------------------------------------------------------------------------- */

/* Arguments for a wire that holds an object: the text itself when it is a JSON object, "{}" when it is
 * empty or broken (a warning is left in ctx). */
AIP_API struct aip_str aip_args_object(struct aip_codec_ctx *ctx, struct aip_str args);
/* Visible text of a result's parts, joined by blank lines. */
AIP_API struct aip_str aip_parts_text(struct aip_arena *arena, const struct aip_part *parts);
/* What a dialect has no place for, in words: a text under its title, what a search found, a system's
 * turn amid the talk, a tool's description with the grammar of its input. */
AIP_API struct aip_str aip_words_titled(struct aip_arena *arena, struct aip_str title,
                                        struct aip_str text);
AIP_API struct aip_str aip_words_found(struct aip_arena *arena, const struct aip_search_result *found);
AIP_API struct aip_str aip_words_system(struct aip_arena *arena, struct aip_str text);
AIP_API struct aip_str aip_words_grammar(struct aip_arena *arena, const struct aip_tool *tool);
/* Probabilities of tokens, raw arrays, one behind the other; what is no array adds nothing. */
AIP_API struct aip_str aip_logprobs_join(struct aip_arena *arena, struct aip_str before,
                                         struct aip_str more);
/* The media type of a sound by the word that OpenAI's dialects have for it; AIP_NONE: no such word. */
AIP_API struct aip_str aip_sound_type(struct aip_str format);
/* Pieces of base64 as one: each stretch that ends with padding was encoded by itself. */
AIP_API struct aip_str aip_base64_join(struct aip_arena *arena, struct aip_str pieces);
/* "call_" and kin + a hash of what stands before: equal histories give equal ids. */
AIP_API struct aip_str aip_stable_id(struct aip_arena *arena, const char *prefix, struct aip_str of,
                                     uint64_t ordinal);

/* ---- Tools -------------------------------------------------------------------------------- */

AIP_API bool aip_name_among(const struct aip_name *names, struct aip_str name);
/* Whether a choice among some tools (ALLOWED, VALIDATED) leaves this one: true for every other choice. */
AIP_API bool aip_choice_allows(const struct aip_tool_choice *choice, const struct aip_tool *tool);

/* Whether a model has a tool of the vendor's; one that nobody described has what its dialect can say. */
AIP_API bool aip_caps_serves(const struct aip_caps *caps, enum aip_server_tool tool);
/* True when a tool of the vendor's stands in the list before: most clients can ask for search in two ways, and
 * upstreams take each tool once. */
AIP_API bool aip_tool_is_repeated(const struct aip_tool *tools, const struct aip_tool *tool);

/* What of a server's tools can be offered to a vendor that asks nobody before it calls one. */
struct aip_mcp_offer {
	bool limited;           /* to `names` */
	struct aip_name *names;
	bool withholds;         /* tools that wait for the client's word are not among them */
};

/* False: none, or only the client's own dialect can say which. */
AIP_API bool aip_mcp_offer(struct aip_arena *arena, const struct aip_mcp *mcp,
                           struct aip_mcp_offer *ret);
/* The token that the server is shown, said by itself or in a header; AIP_NONE: none. *ret_more: other
 * headers are said too. A secret. */
AIP_API struct aip_str aip_mcp_token(struct aip_arena *arena, const struct aip_mcp *mcp, bool *ret_more);
/* A server's name as OpenAI takes it. */
AIP_API struct aip_str aip_mcp_label(struct aip_arena *arena, struct aip_str label);
/* The tool of the server that an upstream calls `label`; NULL: the request has none. */
AIP_API const struct aip_tool *aip_mcp_tool(struct aip_arena *arena, const struct aip_request *request,
                                            struct aip_str label);
/* What a server's tool answered (aip_server_part.results) as text. */
AIP_API struct aip_str aip_mcp_text(struct aip_arena *arena, struct aip_str results);

/* ---- Errors ------------------------------------------------------------------------------- */

/* How long the headers of an answer ask to wait: retry-after-ms, or Retry-After in seconds or as an HTTP
 * date. 0: they ask nothing. */
AIP_API int64_t aip_retry_after_ms(const struct aip_header *headers, size_t n, int64_t now_s);
/* Copies into a text of an aip_error, cut to fit at a UTF-8 boundary. */
AIP_API void aip_error_text(char *into, size_t bytes, struct aip_str text);

#ifdef __cplusplus
}
#endif
#endif
