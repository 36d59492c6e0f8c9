/* Makes the nodes of the canonical model, zeroed, in an arena. */
#include <aiproxy/ir.h>

struct aip_request *aip_request_new(struct aip_arena *arena)
{
	return AIP_NEW(arena, struct aip_request);
}

struct aip_turn *aip_turn_new(struct aip_arena *arena, enum aip_role role)
{
	struct aip_turn *turn = AIP_NEW(arena, struct aip_turn);

	turn->role = role;
	return turn;
}

static struct aip_server_part *server_part_new(struct aip_arena *arena)
{
	struct aip_server_part *server = AIP_NEW(arena, struct aip_server_part);

	server->tool = AIP_SERVER_OTHER;
	return server;
}

struct aip_part *aip_part_new(struct aip_arena *arena, enum aip_part_kind kind)
{
	struct aip_part *part = AIP_NEW(arena, struct aip_part);

	part->kind = kind;
	switch (kind) {
	case AIP_IMAGE:
	case AIP_DOCUMENT:
	case AIP_AUDIO:
	case AIP_VIDEO: part->media = AIP_NEW(arena, struct aip_media); break;
	case AIP_TOOL_CALL: part->call = AIP_NEW(arena, struct aip_tool_call); break;
	case AIP_TOOL_RESULT: part->result = AIP_NEW(arena, struct aip_tool_result); break;
	case AIP_THINKING: part->thinking = AIP_NEW(arena, struct aip_thinking); break;
	case AIP_SERVER_CALL:
	case AIP_SERVER_RESULT: part->server = server_part_new(arena); break;
	case AIP_SEARCH_RESULT: part->found = AIP_NEW(arena, struct aip_search_result); break;
	case AIP_TEXT:
	case AIP_REDACTED_THINKING:
	case AIP_REFUSAL:
	case AIP_COMPACTION:
	case AIP_ITEM_REF:
	case AIP_UNKNOWN_PART: break;
	}
	return part;
}

struct aip_tool *aip_tool_new(struct aip_arena *arena, enum aip_tool_kind kind)
{
	struct aip_tool *tool = AIP_NEW(arena, struct aip_tool);

	tool->kind = kind;
	return tool;
}

struct aip_opaque *aip_opaque_new(struct aip_arena *arena)
{
	return AIP_NEW(arena, struct aip_opaque);
}

struct aip_citation *aip_citation_new(struct aip_arena *arena)
{
	struct aip_citation *citation = AIP_NEW(arena, struct aip_citation);

	citation->start = citation->end = -1;
	citation->doc_index = citation->doc_start = citation->doc_end = -1;
	return citation;
}

struct aip_name *aip_name_new(struct aip_arena *arena, struct aip_str name)
{
	struct aip_name *node = AIP_NEW(arena, struct aip_name);

	node->name = name;
	return node;
}

struct aip_ext *aip_ext_new(struct aip_arena *arena, enum aip_dialect dialect, struct aip_str key,
                            struct aip_str raw)
{
	struct aip_ext *ext = AIP_NEW(arena, struct aip_ext);

	ext->dialect = dialect;
	ext->key = key;
	ext->raw = raw;
	return ext;
}

struct aip_candidate *aip_candidate_new(struct aip_arena *arena, uint32_t index)
{
	struct aip_candidate *candidate = AIP_NEW(arena, struct aip_candidate);

	candidate->index = index;
	return candidate;
}

struct aip_response *aip_response_new(struct aip_arena *arena)
{
	struct aip_response *response = AIP_NEW(arena, struct aip_response);

	aip_usage_init(&response->usage);
	return response;
}

const char *aip_dialect_word(enum aip_dialect dialect)
{
	static const char *const words[AIP_DIALECT_COUNT] = {"none",
#define ROW(name, word, id) word,
	                                                     AIP_DIALECT_TABLE(ROW)
#undef ROW
	};

	return words[(unsigned)dialect < AIP_DIALECT_COUNT ? dialect : AIP_DIALECT_NONE];
}

const char *aip_server_tool_word(enum aip_server_tool tool)
{
	static const char *const words[] = {"",
#define ROW(name, word) [AIP_SERVER_##name] = word,
	                                    AIP_SERVER_TOOL_TABLE(ROW)
#undef ROW
	};

	return words[(size_t)tool < sizeof(words) / sizeof(*words) ? tool : AIP_SERVER_NONE];
}
