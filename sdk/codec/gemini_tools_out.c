/* Gemini requests, written: tools and toolConfig. */
#include "gemini.h"

/* What of a request's tools goes out. */
struct plan {
	size_t functions, strict_ones;
	size_t servers; /* tools that Google runs */
	bool mixes;     /* both, on a model that can */
};

/* ---- Functions ------------------------------------------------------------------------------ */

static bool is_function(const struct aip_tool *tool)
{
	return tool->kind == AIP_TOOL_FUNCTION || tool->kind == AIP_TOOL_CUSTOM ||
	       tool->kind == AIP_TOOL_NAMESPACE;
}

/* An object about which nothing is said: the API wants no schema then. */
static bool schema_is_empty(struct aip_arena *arena, struct aip_str schema)
{
	struct aip_error ignored;
	struct aip_json *doc;

	if (!schema.len)
		return true;
	if (schema.len > 256 || aip_json_parse(arena, schema, &doc, &ignored))
		return false;
	AIP_JSON_EACH (member, doc) {
		const bool is_type = aip_str_is(member->key, "type") &&
		                     aip_str_eq_nocase(member->text, AIP_LIT("object"));
		const bool closes = aip_str_is(member->key, "additionalProperties") &&
		                    member->kind != AIP_JSON_OBJECT;
		const bool is_bare = member->count == 0 && (aip_str_is(member->key, "properties") ||
		                                            aip_str_is(member->key, "required"));
		if (!is_type && !closes && !is_bare && !aip_str_is(member->key, "$schema"))
			return false;
	}
	return doc->kind == AIP_JSON_OBJECT;
}

static void put_parameters(struct gemini_writer *w, struct aip_str schema)
{
	const bool legacy = aip_str_is(aip_str(w->ctx->caps->schema_profile), "gemini_openapi");

	if (schema_is_empty(w->ctx->arena, schema))
		return;
	aip_json_key(&w->out, legacy ? "parameters" : "parametersJsonSchema");
	enum aip_status s = aip_schema_write(w->ctx->arena, schema,
	                                     legacy ? AIP_SCHEMA_GEMINI_OPENAPI : AIP_SCHEMA_RAW,
	                                     true, &w->out, w->error);
	w->status = w->status ? w->status : s;
}

static void put_function(struct gemini_writer *w, const struct aip_tool *tool, struct aip_str space)
{
	aip_json_open(&w->out, '{');
	aip_json_str(&w->out, "name", aip_names_out(w->ctx->names, space, tool->name));
	aip_json_str_some(&w->out, "description", aip_words_grammar(w->ctx->arena, tool));
	if (tool->kind == AIP_TOOL_CUSTOM)
		put_parameters(w, AIP_LIT("{\"type\":\"object\",\"properties\":{\"input\":{"
		                          "\"type\":\"string\"}},\"required\":[\"input\"]}"));
	else
		put_parameters(w, tool->schema);
	if (tool->dialect == AIP_GEMINI)
		aip_json_raw_some(&w->out, "responseJsonSchema", tool->output_schema);
	gemini_put_ext(w, tool->ext, "");
	if (tool->cache.set)
		aip_ctx_dropped(w->ctx, "cache_control");
	aip_json_close(&w->out, '}');
}

static void put_functions(struct gemini_writer *w, const struct aip_tool *tools,
                          struct aip_str space)
{
	for (const struct aip_tool *tool = tools; tool; tool = tool->next) {
		if (tool->kind == AIP_TOOL_NAMESPACE)
			put_functions(w, tool->tools, tool->name);
		else if (is_function(tool))
			put_function(w, tool, space.at ? space : tool->space);
	}
}

/* ---- Tools that Google runs ----------------------------------------------------------------- */

static bool server_is_said(const struct gemini_writer *w, const struct aip_tool *tool)
{
	if (tool->dialect == AIP_GEMINI && tool->raw.at)
		return true;
	if (!aip_choice_allows(&w->request->choice, tool))
		return false;
	if (tool->kind != AIP_TOOL_SERVER ||
	    !(gemini_server_key(tool->server) || gemini_offers_mcp(w, tool)))
		return false;
	return aip_caps_serves(w->ctx->caps, tool->server);
}

static void drop_search_options(struct gemini_writer *w, const struct aip_tool *tool)
{
	const struct {
		struct aip_str said;
		const char *path;
	} table[] = {
		{tool->allowed_domains, "tools.web_search.allowed_domains"},
		{tool->blocked_domains, "tools.web_search.blocked_domains"},
		{tool->location, "tools.web_search.user_location"},
		{tool->context_size, "tools.web_search.search_context_size"},
		{tool->max_uses, "tools.web_search.max_uses"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].said.at)
			gemini_drop(w, table[i].path);
}

static void put_server(struct gemini_writer *w, const struct aip_tool *tool)
{
	if (tool->dialect == AIP_GEMINI) {
		aip_json_put_raw(&w->out, tool->raw);
		return;
	}
	if (aip_tool_is_repeated(w->request->tools, tool))
		return;
	drop_search_options(w, tool);
	aip_json_open(&w->out, '{');
	if (tool->mcp) {
		gemini_put_mcp(w, tool);
		aip_json_close(&w->out, '}');
		return;
	}
	aip_json_raw_some(&w->out, gemini_server_key(tool->server), AIP_LIT("{}"));
	aip_json_close(&w->out, '}');
}

/* Pictures are no tool here but a way to answer. */
static bool makes_images(const struct gemini_writer *w, const struct aip_tool *tool)
{
	return tool->kind == AIP_TOOL_SERVER && tool->server == AIP_SERVER_IMAGE_GENERATION &&
	       w->ctx->caps->image_out == AIP_YES;
}

bool gemini_wants_images(const struct gemini_writer *w)
{
	for (const struct aip_tool *tool = w->request->tools; tool; tool = tool->next)
		if (makes_images(w, tool))
			return true;
	return false;
}

/* ---- Which of them -------------------------------------------------------------------------- */

static void count_functions(const struct aip_tool *tools, struct plan *plan)
{
	for (const struct aip_tool *tool = tools; tool; tool = tool->next) {
		if (tool->kind == AIP_TOOL_NAMESPACE)
			count_functions(tool->tools, plan);
		plan->functions += tool->kind == AIP_TOOL_FUNCTION || tool->kind == AIP_TOOL_CUSTOM;
		plan->strict_ones += tool->kind == AIP_TOOL_FUNCTION && tool->strict == AIP_YES;
	}
}

static struct plan plan_tools(struct gemini_writer *w)
{
	const struct aip_caps *caps = w->ctx->caps;
	struct plan plan = {0};

	count_functions(w->request->tools, &plan);
	for (const struct aip_tool *tool = w->request->tools; tool; tool = tool->next) {
		plan.servers += !is_function(tool) && server_is_said(w, tool);
		if (!is_function(tool) && !server_is_said(w, tool) && !makes_images(w, tool) &&
		    aip_choice_allows(&w->request->choice, tool))
			gemini_drop(w, tool->mcp && tool->mcp->asks    ? "tools.require_approval"
			               : tool->kind == AIP_TOOL_SERVER ? "tools.server"
			                                               : "tools");
	}
	if (plan.functions && caps->function == AIP_NO) {
		gemini_drop(w, "tools");
		plan.functions = plan.strict_ones = 0;
	}
	plan.mixes = plan.functions && plan.servers;
	if (plan.mixes && caps->mix_server_and_function != AIP_YES) {
		aip_ctx_warn(w->ctx,
		             "this model mixes no built-in tools with functions: functions stay");
		gemini_drop(w, "tools.server");
		plan.servers = 0;
		plan.mixes = false;
	}
	return plan;
}

/* All functions in one element, each tool of Google's in one of its own. */
static void put_list(struct gemini_writer *w, const struct plan *plan)
{
	if (!plan->functions && !plan->servers)
		return;
	aip_json_key(&w->out, "tools");
	aip_json_open(&w->out, '[');
	if (plan->functions) {
		aip_json_open(&w->out, '{');
		aip_json_key(&w->out, "functionDeclarations");
		aip_json_open(&w->out, '[');
		put_functions(w, w->request->tools, AIP_NONE);
		aip_json_close(&w->out, ']');
		aip_json_close(&w->out, '}');
	}
	for (const struct aip_tool *tool = w->request->tools; tool && plan->servers;
	     tool = tool->next)
		if (!is_function(tool) && server_is_said(w, tool))
			put_server(w, tool);
	aip_json_close(&w->out, ']');
}

/* ---- Choice --------------------------------------------------------------------------------- */

/* Arguments that keep to their schema are a mode of the whole request here. */
static bool validates(struct gemini_writer *w, const struct plan *plan)
{
	const enum aip_choice_mode mode = w->request->choice.mode;
	const bool all = plan->strict_ones && plan->strict_ones == plan->functions &&
	                 (mode == AIP_CHOICE_UNSET || mode == AIP_CHOICE_AUTO);

	if (all && w->ctx->caps->strict == AIP_YES)
		return true;
	if (plan->strict_ones)
		gemini_drop(w, "tools.strict");
	return false;
}

static const char *mode_of(struct gemini_writer *w, const struct plan *plan)
{
	const struct aip_tool_choice *choice = &w->request->choice;
	const bool strict = validates(w, plan);

	switch (choice->mode) {
	case AIP_CHOICE_UNSET: return strict ? "VALIDATED" : NULL;
	case AIP_CHOICE_AUTO: return strict ? "VALIDATED" : "AUTO";
	case AIP_CHOICE_NONE: return "NONE";
	case AIP_CHOICE_REQUIRED:
	case AIP_CHOICE_NAMED: return "ANY";
	case AIP_CHOICE_ALLOWED: return choice->required ? "ANY" : "VALIDATED";
	case AIP_CHOICE_VALIDATED: return "VALIDATED";
	case AIP_CHOICE_SERVER: gemini_drop(w, "tool_choice"); return "AUTO";
	}
	return NULL;
}

static void put_allowed(struct gemini_writer *w)
{
	const struct aip_tool_choice *choice = &w->request->choice;
	const struct aip_name named = {.name = choice->name};
	const struct aip_name *name = choice->mode == AIP_CHOICE_NAMED     ? &named
	                              : choice->mode == AIP_CHOICE_ALLOWED ? choice->names
	                                                                   : NULL;

	if (!name)
		return;
	aip_json_key(&w->out, "allowedFunctionNames");
	aip_json_open(&w->out, '[');
	for (; name; name = name->next)
		aip_json_put_str(&w->out, aip_names_out(w->ctx->names, AIP_NONE, name->name));
	aip_json_close(&w->out, ']');
}

static bool has_ext(const struct gemini_writer *w, const char *key)
{
	for (const struct aip_ext *ext = w->request->ext; ext; ext = ext->next)
		if (ext->dialect == AIP_GEMINI && aip_str_is(ext->key, key))
			return true;
	return false;
}

static void put_config(struct gemini_writer *w, const struct plan *plan)
{
	const char *mode = plan->functions ? mode_of(w, plan) : NULL;
	struct gemini_object config = gemini_open_some(&w->out, "toolConfig");
	struct gemini_object calling = gemini_open_some(&w->out, "functionCallingConfig");

	if (mode) {
		aip_json_str(&w->out, "mode", aip_str(mode));
		put_allowed(w);
	}
	gemini_put_ext(w, w->request->ext, "functionCallingConfig.");
	gemini_close_some(&w->out, calling);
	/* Both kinds of tools in one request are a wish that must be told. */
	if (plan->mixes && !has_ext(w, "toolConfig.includeServerSideToolInvocations"))
		aip_json_bool_kv(&w->out, "includeServerSideToolInvocations", true);
	gemini_put_ext(w, w->request->ext, "toolConfig.");
	gemini_close_some(&w->out, config);
}

void gemini_put_tools(struct gemini_writer *w)
{
	const enum aip_choice_mode mode = w->request->choice.mode;
	const struct plan plan = plan_tools(w);

	if (w->request->tools && !plan.functions && !plan.servers &&
	    (mode == AIP_CHOICE_REQUIRED || mode == AIP_CHOICE_NAMED))
		gemini_refuse(w, "tool_choice",
		              "a tool is required, but this upstream takes none of them");
	put_list(w, &plan);
	put_config(w, &plan);
}
