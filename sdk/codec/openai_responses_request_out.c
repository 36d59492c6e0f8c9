/* Responses requests, written: input items, tools and settings from the canonical model. */
#include "openai_responses.h"

#define USER_ID_MAX      64
#define MAX_TOKENS_LEAST 16

struct writer {
	struct aip_codec_ctx *ctx;
	const struct aip_request *request;
	struct aip_json_out out;
	struct aip_error *error;
	enum aip_status status; /* first refusal */
};

static void drop(struct writer *w, const char *path)
{
	if (!w->status)
		w->status = aip_ctx_drop(w->ctx, path, w->error);
}

static void refuse(struct writer *w, const char *param, const char *why)
{
	if (w->status)
		return;
	w->status = aip_fail(w->error, AIP_UNSUPPORTED, "%s: %s", param, why);
	if (w->error)
		strncpy(w->error->param, param, sizeof(w->error->param) - 1);
}

/* Whether the client spoke this dialect too, so that what only it knows may go on. */
static bool is_own(enum aip_dialect dialect)
{
	return dialect == AIP_RESPONSES;
}

static void open_typed(struct writer *w, const char *type)
{
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "type", aip_str(type));
}

static void close_object(struct writer *w)
{
	aip_json_close(&w->out, '}');
}

/* ---- Content parts -------------------------------------------------------------------------- */

static void put_text(struct writer *w, const char *type, struct aip_str text)
{
	open_typed(w, type);
	aip_json_str(&w->out, "text", text);
	close_object(w);
}

static void put_image(struct writer *w, const struct aip_media *media)
{
	open_typed(w, "input_image");
	if (media->source == AIP_FROM_FILE)
		aip_json_str(&w->out, "file_id", media->data);
	else
		aip_json_str(&w->out, "image_url",
		             media->source == AIP_FROM_BASE64 ? aip_data_url_of(w->ctx->arena, media)
		                                              : media->data);
	aip_json_str(&w->out, "detail", media->detail.len ? media->detail : AIP_LIT("auto"));
	close_object(w);
}

static void put_document(struct writer *w, const struct aip_media *media)
{
	struct aip_str title = media->title.len ? media->title : media->filename;
	struct aip_str text = media->data;

	if (media->source == AIP_FROM_TEXT || media->source == AIP_FROM_PARTS) {
		if (media->source == AIP_FROM_PARTS)
			text = aip_parts_text(w->ctx->arena, media->parts);
		if (title.len)
			text = aip_arena_printf(w->ctx->arena, "%.*s\n\n%.*s", AIP_FMT(title),
			                        AIP_FMT(text));
		put_text(w, "input_text", text);
		return;
	}
	open_typed(w, "input_file");
	if (media->source == AIP_FROM_BASE64) {
		aip_json_str(&w->out, "filename", title.len ? title : AIP_LIT("document.pdf"));
		aip_json_str(&w->out, "file_data", aip_data_url_of(w->ctx->arena, media));
	} else {
		aip_json_str(&w->out, media->source == AIP_FROM_URL ? "file_url" : "file_id",
		             media->data);
	}
	close_object(w);
}

static void put_audio(struct writer *w, const struct aip_media *media)
{
	open_typed(w, "input_audio");
	aip_json_key(&w->out, "input_audio");
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "data", media->data);
	aip_json_str(&w->out, "format", media->format.len ? media->format : AIP_LIT("wav"));
	close_object(w);
	close_object(w);
}

/* A part of a user message or of a tool's output. */
static void put_input_part(struct writer *w, const struct aip_part *part)
{
	switch (part->kind) {
	case AIP_TEXT:
	case AIP_REFUSAL: put_text(w, "input_text", part->text); break;
	case AIP_IMAGE: put_image(w, part->media); break;
	case AIP_DOCUMENT: put_document(w, part->media); break;
	case AIP_AUDIO: put_audio(w, part->media); break;
	case AIP_VIDEO: refuse(w, "messages.content", "this upstream takes no video"); break;
	case AIP_SEARCH_RESULT:
		put_text(w, "input_text",
		         aip_arena_printf(w->ctx->arena, "%.*s\n%.*s\n\n%.*s",
		                          AIP_FMT(part->found->title), AIP_FMT(part->found->url),
		                          AIP_FMT(aip_parts_text(w->ctx->arena, part->found->parts))));
		break;
	case AIP_UNKNOWN_PART:
		if (is_own(part->dialect))
			aip_json_put_raw(&w->out, part->raw);
		else
			drop(w, "messages.content");
		break;
	default: break;
	}
}

static bool part_is_content(const struct aip_part *part)
{
	return part->kind <= AIP_VIDEO || part->kind == AIP_REFUSAL || part->kind == AIP_SEARCH_RESULT ||
	       (part->kind == AIP_UNKNOWN_PART && part->dialect == AIP_RESPONSES);
}

/* ---- Items of an assistant's turn ----------------------------------------------------------- */

static void put_refusal(struct writer *w, struct aip_str text)
{
	open_typed(w, "refusal");
	aip_json_str(&w->out, "refusal", text);
	close_object(w);
}

/* Texts with nothing between them are one message. Returns the part behind. */
static const struct aip_part *put_message_run(struct writer *w, const struct aip_turn *turn,
                                              const struct aip_part *part)
{
	open_typed(w, "message");
	aip_json_str(&w->out, "role", AIP_LIT("assistant"));
	if (is_own(w->request->dialect))
		aip_json_str_some(&w->out, "phase", turn->phase);
	aip_json_key(&w->out, "content");
	aip_json_open(&w->out, '[');
	for (; part && (part->kind == AIP_TEXT || part->kind == AIP_REFUSAL); part = part->next) {
		if (part->kind == AIP_REFUSAL)
			put_refusal(w, part->text);
		else
			put_text(w, "output_text", part->text);
	}
	aip_json_close(&w->out, ']');
	close_object(w);
	return part;
}

/* Reasoning goes back only to whom it came from: item id and encrypted content together. */
static void put_reasoning(struct writer *w, const struct aip_part *part)
{
	const struct aip_opaque *opaque = part->opaque;

	if (!opaque || !aip_opaque_is_native(w->ctx, opaque))
		return;
	open_typed(w, "reasoning");
	aip_json_str_some(&w->out, "id", opaque->item_id);
	aip_json_key(&w->out, "summary");
	aip_json_open(&w->out, '[');
	for (const struct aip_part *p = part->thinking ? part->thinking->summary : NULL; p; p = p->next)
		put_text(w, "summary_text", p->text);
	if (!(part->thinking && part->thinking->summary) && part->text.len)
		put_text(w, "summary_text", part->text);
	aip_json_close(&w->out, ']');
	aip_json_str(&w->out, "encrypted_content", opaque->data);
	close_object(w);
}

static struct aip_str call_id(struct writer *w, struct aip_str id)
{
	return aip_call_id(w->ctx->arena, &aip_names_responses, id);
}

static void put_call(struct writer *w, const struct aip_tool_call *call)
{
	const bool custom = call->kind == AIP_CALL_CUSTOM;

	open_typed(w, custom ? "custom_tool_call" : "function_call");
	aip_json_str(&w->out, "call_id", call_id(w, call->id));
	if (is_own(w->request->dialect))
		aip_json_str_some(&w->out, "namespace", call->space);
	aip_json_str(&w->out, "name", aip_names_out(w->ctx->names, call->space, call->name));
	if (custom)
		aip_json_str(&w->out, "input", call->args);
	else
		aip_json_str(&w->out, "arguments", call->args.len ? call->args : AIP_LIT("{}"));
	close_object(w);
}

static void put_vendor_item(struct writer *w, const struct aip_part *part)
{
	struct aip_str raw = part->server ? part->server->raw : part->raw;

	if (is_own(part->dialect) && raw.at)
		aip_json_put_raw(&w->out, raw);
	else
		drop(w, "messages.server_tool");
}

static void put_assistant(struct writer *w, const struct aip_turn *turn)
{
	for (const struct aip_part *part = turn->parts; part;) {
		switch (part->kind) {
		case AIP_TEXT:
		case AIP_REFUSAL: part = put_message_run(w, turn, part); continue;
		case AIP_THINKING: put_reasoning(w, part); break;
		case AIP_TOOL_CALL: put_call(w, part->call); break;
		case AIP_SERVER_CALL:
		case AIP_SERVER_RESULT:
		case AIP_COMPACTION:
		case AIP_UNKNOWN_PART: put_vendor_item(w, part); break;
		case AIP_IMAGE: drop(w, "messages.image"); break;
		default: break;
		}
		part = part->next;
	}
}

/* ---- Other turns ---------------------------------------------------------------------------- */

static void put_result(struct writer *w, const struct aip_tool_result *result)
{
	bool rich = false;

	for (const struct aip_part *p = result->parts; p; p = p->next)
		rich = rich || p->kind != AIP_TEXT;
	open_typed(w, result->kind == AIP_CALL_CUSTOM ? "custom_tool_call_output"
	                                              : "function_call_output");
	aip_json_str(&w->out, "call_id", call_id(w, result->call_id));
	aip_json_key(&w->out, "output");
	if (!rich) {
		aip_json_put_str(&w->out, result->raw.at
		                                  ? result->raw
		                                  : aip_parts_text(w->ctx->arena, result->parts));
	} else {
		aip_json_open(&w->out, '[');
		for (const struct aip_part *p = result->parts; p; p = p->next)
			put_input_part(w, p);
		aip_json_close(&w->out, ']');
	}
	close_object(w);
}

static void put_message(struct writer *w, const char *role, const struct aip_turn *turn)
{
	bool any = false;

	for (const struct aip_part *part = turn->parts; part; part = part->next) {
		if (part->kind == AIP_ITEM_REF && is_own(part->dialect))
			aip_json_put_raw(&w->out, part->raw);
		any = any || part_is_content(part);
	}
	if (!any)
		return;
	open_typed(w, "message");
	aip_json_str(&w->out, "role", aip_str(role));
	aip_json_key(&w->out, "content");
	aip_json_open(&w->out, '[');
	for (const struct aip_part *part = turn->parts; part; part = part->next)
		if (part_is_content(part))
			put_input_part(w, part);
	aip_json_close(&w->out, ']');
	close_object(w);
}

static void put_turn(struct writer *w, const struct aip_turn *turn)
{
	switch (turn->role) {
	case AIP_ROLE_SYSTEM: put_message(w, "developer", turn); break;
	case AIP_ROLE_USER: put_message(w, "user", turn); break;
	case AIP_ROLE_ASSISTANT: put_assistant(w, turn); break;
	case AIP_ROLE_TOOL:
		for (const struct aip_part *part = turn->parts; part; part = part->next)
			if (part->result)
				put_result(w, part->result);
		break;
	}
	if (turn->prefill)
		aip_ctx_warn(w->ctx, "the model answers anew instead of continuing the last turn");
}

/* One system text is the instructions; several are leading messages, so that their bounds stay. */
static void put_input(struct writer *w)
{
	const struct aip_part *system = w->request->system;

	if (system && !system->next)
		aip_json_str(&w->out, "instructions", system->text);
	aip_json_key(&w->out, "input");
	aip_json_open(&w->out, '[');
	for (; system && w->request->system->next; system = system->next) {
		open_typed(w, "message");
		aip_json_str(&w->out, "role", AIP_LIT("developer"));
		aip_json_key(&w->out, "content");
		aip_json_open(&w->out, '[');
		put_text(w, "input_text", system->text);
		aip_json_close(&w->out, ']');
		close_object(w);
	}
	for (const struct aip_turn *turn = w->request->turns; turn; turn = turn->next)
		put_turn(w, turn);
	aip_json_close(&w->out, ']');
}

/* ---- Tools ---------------------------------------------------------------------------------- */

/* A strict schema that cannot be made one is sent as it is, and not called strict. */
static bool put_strict_schema(struct writer *w, struct aip_str schema)
{
	struct aip_buf text;
	struct aip_error ignored;

	aip_buf_init(&text, 16u << 20);
	struct aip_json_out out = aip_json_to(&text);
	bool done = !aip_schema_write(w->ctx->arena, schema, AIP_SCHEMA_OPENAI_STRICT, true, &out, &ignored);
	if (done)
		aip_json_put_raw(&w->out, aip_buf_str(&text));
	aip_buf_fini(&text);
	return done;
}

static void put_function(struct writer *w, const struct aip_tool *tool)
{
	bool strict = tool->strict == AIP_YES;

	aip_json_key(&w->out, "parameters");
	if (!strict || !put_strict_schema(w, tool->schema)) {
		strict = false;
		enum aip_status s = aip_schema_write(w->ctx->arena, tool->schema, AIP_SCHEMA_RAW, true,
		                                     &w->out, w->error);
		w->status = w->status ? w->status : s;
	}
	aip_json_bool_kv(&w->out, "strict", strict); /* absent would mean true here */
}

static void put_custom(struct writer *w, const struct aip_tool *tool)
{
	if (!tool->grammar.len)
		return;
	aip_json_key(&w->out, "format");
	open_typed(w, "grammar");
	aip_json_str(&w->out, "syntax", tool->grammar_syntax);
	aip_json_str(&w->out, "definition", tool->grammar);
	close_object(w);
}

static const char *server_type(enum aip_server_tool tool)
{
	switch (tool) {
	case AIP_SERVER_WEB_SEARCH: return "web_search";
	case AIP_SERVER_CODE_EXECUTION: return "code_interpreter";
	case AIP_SERVER_IMAGE_GENERATION: return "image_generation";
	default: return NULL;
	}
}

static void put_server_tool(struct writer *w, const struct aip_tool *tool)
{
	const char *type = server_type(tool->server);

	if (!type) {
		drop(w, "tools.server");
		return;
	}
	open_typed(w, type);
	if (tool->server == AIP_SERVER_CODE_EXECUTION)
		aip_json_raw_some(&w->out, "container", AIP_LIT("{\"type\":\"auto\"}"));
	if (tool->server == AIP_SERVER_WEB_SEARCH && tool->allowed_domains.at) {
		aip_json_key(&w->out, "filters");
		aip_json_open(&w->out, '{');
		aip_json_raw_some(&w->out, "allowed_domains", tool->allowed_domains);
		close_object(w);
	}
	close_object(w);
}

static void put_tool(struct writer *w, const struct aip_tool *tool)
{
	if (is_own(tool->dialect) && tool->raw.at) {
		aip_json_put_raw(&w->out, tool->raw);
		return;
	}
	if (tool->kind == AIP_TOOL_SERVER) {
		put_server_tool(w, tool);
		return;
	}
	if (tool->kind != AIP_TOOL_FUNCTION && tool->kind != AIP_TOOL_CUSTOM) {
		drop(w, "tools");
		return;
	}
	open_typed(w, tool->kind == AIP_TOOL_CUSTOM ? "custom" : "function");
	aip_json_str(&w->out, "name", aip_names_out(w->ctx->names, tool->space, tool->name));
	aip_json_str_some(&w->out, "description", tool->description);
	if (tool->kind == AIP_TOOL_CUSTOM)
		put_custom(w, tool);
	else
		put_function(w, tool);
	close_object(w);
}

static bool put_tools(struct writer *w)
{
	const size_t mark = w->out.buf->len;
	const bool comma = w->out.comma;

	if (!w->request->tools)
		return false;
	aip_json_key(&w->out, "tools");
	aip_json_open(&w->out, '[');
	const size_t empty = w->out.buf->len;
	for (const struct aip_tool *tool = w->request->tools; tool; tool = tool->next)
		put_tool(w, tool);
	if (w->out.buf->len == empty) { /* all dropped: no list at all */
		w->out.buf->len = mark;
		w->out.comma = comma;
		if (w->request->choice.mode == AIP_CHOICE_REQUIRED)
			refuse(w, "tools", "this upstream has none of the tools that must be used");
		return false;
	}
	aip_json_close(&w->out, ']');
	return true;
}

static void put_named_choice(struct writer *w, enum aip_call_kind kind, struct aip_str name)
{
	open_typed(w, kind == AIP_CALL_CUSTOM ? "custom" : "function");
	aip_json_str(&w->out, "name", aip_names_out(w->ctx->names, AIP_NONE, name));
	close_object(w);
}

static void put_allowed(struct writer *w, const struct aip_tool_choice *choice)
{
	open_typed(w, "allowed_tools");
	aip_json_str(&w->out, "mode", choice->required ? AIP_LIT("required") : AIP_LIT("auto"));
	aip_json_key(&w->out, "tools");
	aip_json_open(&w->out, '[');
	for (const struct aip_name *n = choice->names; n; n = n->next)
		put_named_choice(w, AIP_CALL_FUNCTION, n->name);
	aip_json_close(&w->out, ']');
	close_object(w);
}

static void put_choice(struct writer *w)
{
	const struct aip_tool_choice *choice = &w->request->choice;

	if (choice->mode == AIP_CHOICE_UNSET)
		return;
	aip_json_key(&w->out, "tool_choice");
	if (is_own(w->request->dialect) && choice->raw.at) {
		aip_json_put_raw(&w->out, choice->raw);
		return;
	}
	switch (choice->mode) {
	case AIP_CHOICE_NONE: aip_json_put_str(&w->out, AIP_LIT("none")); break;
	case AIP_CHOICE_REQUIRED: aip_json_put_str(&w->out, AIP_LIT("required")); break;
	case AIP_CHOICE_NAMED: put_named_choice(w, choice->call_kind, choice->name); break;
	case AIP_CHOICE_ALLOWED: put_allowed(w, choice); break;
	case AIP_CHOICE_SERVER:
		if (server_type(choice->server)) {
			open_typed(w, server_type(choice->server));
			close_object(w);
			break;
		}
		/* fallthrough */
	default: aip_json_put_str(&w->out, AIP_LIT("auto")); break;
	}
}

/* ---- Text, reasoning, the rest -------------------------------------------------------------- */

static void put_format(struct writer *w)
{
	const struct aip_output *output = &w->request->output;
	bool strict = output->strict == AIP_YES;

	aip_json_key(&w->out, "format");
	if (output->format == AIP_FORMAT_JSON_OBJECT) {
		open_typed(w, "json_object");
		close_object(w);
		return;
	}
	open_typed(w, "json_schema");
	aip_json_str(&w->out, "name", output->name.len ? output->name : AIP_LIT("response"));
	aip_json_str_some(&w->out, "description", output->description);
	aip_json_key(&w->out, "schema");
	if (!strict || !put_strict_schema(w, output->schema)) {
		strict = false;
		enum aip_status s = aip_schema_write(w->ctx->arena, output->schema, AIP_SCHEMA_RAW, false,
		                                     &w->out, w->error);
		w->status = w->status ? w->status : s;
	}
	aip_json_bool_kv(&w->out, "strict", strict);
	close_object(w);
}

static void put_text_settings(struct writer *w)
{
	const struct aip_output *output = &w->request->output;
	const bool formatted = output->format == AIP_FORMAT_JSON_OBJECT ||
	                       output->format == AIP_FORMAT_JSON_SCHEMA ||
	                       output->format == AIP_FORMAT_ENUM;

	if (output->format == AIP_FORMAT_GRAMMAR)
		drop(w, "response_format");
	if (!formatted && !output->verbosity.len)
		return;
	aip_json_key(&w->out, "text");
	aip_json_open(&w->out, '{');
	if (formatted)
		put_format(w);
	aip_json_str_some(&w->out, "verbosity", output->verbosity);
	close_object(w);
}

static struct aip_str effort_of(struct writer *w)
{
	const struct aip_reasoning *reasoning = &w->request->reasoning;
	const char *levels = w->ctx->caps->levels;

	switch (reasoning->mode) {
	case AIP_REASONING_UNSET:
	case AIP_REASONING_AUTO: return AIP_NONE;
	case AIP_REASONING_OFF:
		if (!levels || aip_caps_has(levels, "none"))
			return AIP_LIT("none");
		return aip_str(aip_level_word(aip_level_clamp(AIP_LEVEL_MINIMAL, levels)));
	default:
		return aip_str(aip_level_word(aip_level_clamp(aip_reasoning_level(reasoning), levels)));
	}
}

static void put_reasoning_settings(struct writer *w)
{
	static const char *const summaries[] = {
		[AIP_SUMMARY_AUTO] = "auto",
		[AIP_SUMMARY_CONCISE] = "concise",
		[AIP_SUMMARY_DETAILED] = "detailed",
	};
	const struct aip_reasoning *reasoning = &w->request->reasoning;
	struct aip_str effort = effort_of(w);

	if (w->ctx->caps->thinking == AIP_NO) {
		if (reasoning->mode != AIP_REASONING_UNSET)
			drop(w, "reasoning");
		return;
	}
	if (!effort.at && reasoning->summary < AIP_SUMMARY_AUTO)
		return;
	aip_json_key(&w->out, "reasoning");
	aip_json_open(&w->out, '{');
	aip_json_str_some(&w->out, "effort", effort);
	if (reasoning->summary >= AIP_SUMMARY_AUTO && reasoning->mode != AIP_REASONING_OFF)
		aip_json_str(&w->out, "summary", aip_str(summaries[reasoning->summary]));
	if (is_own(w->request->dialect)) {
		aip_json_raw_some(&w->out, "context", reasoning->context);
		aip_json_raw_some(&w->out, "mode", reasoning->exec_mode);
	}
	close_object(w);
}

static void put_sampling(struct writer *w)
{
	const struct aip_sampling *s = &w->request->sampling;
	const struct aip_caps *caps = w->ctx->caps;
	const bool fixed = caps->temperature && !aip_str_is(aip_str(caps->temperature), "free");

	if (s->temperature.at && fixed)
		drop(w, "temperature");
	else
		aip_json_raw_some(&w->out, "temperature", s->temperature);
	if (s->top_p.at && caps->top_p == AIP_NO)
		drop(w, "top_p");
	else
		aip_json_raw_some(&w->out, "top_p", s->top_p);
	if (s->logprobs == AIP_YES || s->top_logprobs.at) {
		if (caps->logprobs == AIP_NO)
			drop(w, "logprobs");
		else
			aip_json_raw_some(&w->out, "top_logprobs", s->top_logprobs);
	}
}

/* The API refuses to say less. */
static void put_max_tokens(struct writer *w)
{
	struct aip_str lexeme = w->request->max_output_tokens;
	int64_t tokens;

	if (aip_str_int(lexeme, &tokens) && tokens < MAX_TOKENS_LEAST)
		aip_json_int_kv(&w->out, "max_output_tokens", MAX_TOKENS_LEAST);
	else
		aip_json_raw_some(&w->out, "max_output_tokens", lexeme);
}

/* What the answer is to hold beside its text. */
static void put_include(struct writer *w)
{
	const bool reasons = w->ctx->caps->levels || w->ctx->caps->modes;
	const bool logprobs = w->request->sampling.logprobs == AIP_YES &&
	                      w->ctx->caps->logprobs != AIP_NO && !is_own(w->request->dialect);
	bool seen = false;

	if (!w->request->include && !reasons && !logprobs)
		return;
	aip_json_key(&w->out, "include");
	aip_json_open(&w->out, '[');
	for (const struct aip_name *n = w->request->include; n; n = n->next) {
		seen = seen || aip_str_is(n->name, "reasoning.encrypted_content");
		aip_json_put_str(&w->out, n->name);
	}
	if (reasons && !seen)
		aip_json_put_str(&w->out, AIP_LIT("reasoning.encrypted_content"));
	if (logprobs)
		aip_json_put_str(&w->out, AIP_LIT("message.output_text.logprobs"));
	aip_json_close(&w->out, ']');
}

static void put_state(struct writer *w)
{
	const struct aip_state *state = &w->request->state;
	const bool own = is_own(w->request->dialect);

	if (!own)
		aip_json_bool_kv(&w->out, "store", false); /* what the client did not ask to be kept */
	else if (state->store)
		aip_json_bool_kv(&w->out, "store", state->store == AIP_YES);
	if (!own)
		return;
	aip_json_str_some(&w->out, "previous_response_id", state->previous_response_id);
	aip_json_raw_some(&w->out, "conversation", state->conversation);
	aip_json_raw_some(&w->out, "prompt", state->prompt);
	if (state->background)
		aip_json_bool_kv(&w->out, "background", state->background == AIP_YES);
	aip_json_str_some(&w->out, "truncation", state->truncation);
	aip_json_raw_some(&w->out, "context_management", state->context_management);
	for (const struct aip_ext *ext = w->request->ext; ext; ext = ext->next) {
		if (ext->dialect != AIP_RESPONSES)
			continue;
		aip_json_key_str(&w->out, ext->key);
		aip_json_put_raw(&w->out, ext->raw);
	}
}

static void put_identity(struct writer *w)
{
	const struct aip_request *q = w->request;
	struct aip_str user = q->user_id;

	if (user.len > USER_ID_MAX)
		user = aip_sha256_hex(w->ctx->arena, user);
	aip_json_str_some(&w->out, "safety_identifier", user);
	if (q->dialect == AIP_RESPONSES || q->dialect == AIP_CHAT)
		aip_json_raw_some(&w->out, "metadata", q->metadata);
	aip_json_str_some(&w->out, "prompt_cache_key", q->cache.key);
	aip_json_str_some(&w->out, "prompt_cache_retention", q->cache.retention);
	if (q->service_tier.at)
		aip_json_str(&w->out, "service_tier",
		             aip_str_is(q->service_tier, "standard") ? AIP_LIT("default")
		                                                     : q->service_tier);
}

/* ---- The whole ------------------------------------------------------------------------------ */

/* Slots this dialect lacks. */
static void drop_the_unsaid(struct writer *w)
{
	const struct aip_request *q = w->request;
	const struct {
		bool said;
		const char *path;
	} table[] = {
		{q->sampling.stop != NULL, "stop"},
		{q->sampling.top_k.at != NULL, "top_k"},
		{q->sampling.seed.at != NULL, "seed"},
		{q->sampling.presence_penalty.at != NULL, "presence_penalty"},
		{q->sampling.frequency_penalty.at != NULL, "frequency_penalty"},
		{q->sampling.logit_bias.at != NULL, "logit_bias"},
		{q->safety.at && q->dialect == AIP_GEMINI, "safetySettings"},
		{q->state.container.at != NULL, "container"},
	};
	int64_t n;

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].said)
			drop(w, table[i].path);
	if (aip_str_int(q->sampling.n, &n) && n > 1)
		refuse(w, "n", "this upstream gives one answer at a time");
	if (q->cache.resource.at)
		refuse(w, "cachedContent", "lives at another vendor");
	if (q->output.audio.at)
		refuse(w, "audio", "this upstream answers in text only");
}

static enum aip_status write(struct aip_codec_ctx *ctx, const struct aip_request *request, bool counts,
                             struct aip_buf *into, struct aip_error *reterr)
{
	struct writer w = {.ctx = ctx, .request = request, .out = aip_json_to(into), .error = reterr};

	ctx->names = aip_names_make(ctx->arena, request, &aip_names_responses,
	                            request->dialect != AIP_RESPONSES);
	drop_the_unsaid(&w);
	aip_json_open(&w.out, '{');
	aip_json_str(&w.out, "model", ctx->model);
	put_input(&w);
	if (put_tools(&w)) {
		put_choice(&w);
		if (request->parallel_tools)
			aip_json_bool_kv(&w.out, "parallel_tool_calls",
			                 request->parallel_tools == AIP_YES);
	}
	put_text_settings(&w);
	put_reasoning_settings(&w);
	if (!counts) {
		aip_json_bool_kv(&w.out, "stream", ctx->stream);
		put_max_tokens(&w);
		aip_json_raw_some(&w.out, "max_tool_calls", request->max_tool_calls);
		put_sampling(&w);
		put_include(&w);
		put_state(&w);
		put_identity(&w);
	}
	aip_json_close(&w.out, '}');
	if (!w.status && into->status)
		return aip_fail(reterr, AIP_TOO_LARGE, "the request is too large");
	return w.status;
}

enum aip_status responses_write_request(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                        struct aip_buf *out, struct aip_error *reterr)
{
	return write(ctx, request, false, out, reterr);
}

enum aip_status responses_write_count(struct aip_codec_ctx *ctx, const struct aip_request *request,
                                      struct aip_buf *out, struct aip_error *reterr)
{
	return write(ctx, request, true, out, reterr);
}
