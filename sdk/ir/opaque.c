/* Reasoning state that only its issuer can read: its slot at home, the gateway's envelope abroad.
 */
#include <aiproxy/rules.h>

#define ENVELOPE     "gw1."
#define ENVELOPE_MAX (64 * 1024)

static const char *const vendors[] = {
	[AIP_VENDOR_NONE] = "",
	[AIP_VENDOR_OPENAI] = "openai",
	[AIP_VENDOR_ANTHROPIC] = "anthropic",
	[AIP_VENDOR_GOOGLE] = "google",
	[AIP_VENDOR_OTHER] = "other",
};

static const char *const kinds[] = {
	[AIP_OPAQUE_SIGNATURE] = "signature",
	[AIP_OPAQUE_REDACTED] = "redacted",
	[AIP_OPAQUE_ENCRYPTED] = "encrypted",
	[AIP_OPAQUE_THOUGHT_SIGNATURE] = "thought_signature",
};

static const struct {
	const char *word;
	enum aip_part_kind part;
} parts[] = {
	{"thinking", AIP_THINKING},          {"text", AIP_TEXT},
	{"tool_call", AIP_TOOL_CALL},        {"image", AIP_IMAGE},
	{"redacted", AIP_REDACTED_THINKING},
};

/* Whose state the dialect's own slot holds. */
static enum aip_vendor vendor_of(enum aip_dialect dialect)
{
	switch (dialect) {
	case AIP_CLAUDE: return AIP_VENDOR_ANTHROPIC;
	case AIP_GEMINI: return AIP_VENDOR_GOOGLE;
	case AIP_CHAT:
	case AIP_COMPLETIONS:
	case AIP_RESPONSES: return AIP_VENDOR_OPENAI;
	default: return AIP_VENDOR_NONE;
	}
}

static const char *part_word(enum aip_part_kind part)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (parts[i].part == part)
			return parts[i].word;
	return parts[0].word;
}

static struct aip_str wrap(struct aip_arena *arena, const struct aip_opaque *opaque)
{
	struct aip_buf json;

	if (opaque->data.len > ENVELOPE_MAX)
		return AIP_NONE;
	aip_buf_init(&json, SIZE_MAX);
	struct aip_json_out out = aip_json_to(&json);
	aip_json_open(&out, '{');
	aip_json_str(&out, "p", aip_str(vendors[opaque->vendor]));
	aip_json_str_some(&out, "m", opaque->model);
	aip_json_str(&out, "k", aip_str(kinds[opaque->kind]));
	aip_json_str_some(&out, "i", opaque->item_id);
	aip_json_str(&out, "t", aip_str(part_word(opaque->part)));
	aip_json_str(&out, "d", opaque->data);
	aip_json_close(&out, '}');
	struct aip_str text = aip_arena_printf(arena, ENVELOPE "%.*s",
	                                       AIP_FMT(aip_base64url(arena, aip_buf_str(&json))));
	aip_buf_fini(&json);
	return text.len <= ENVELOPE_MAX ? text : AIP_NONE;
}

struct aip_str aip_opaque_out(struct aip_codec_ctx *ctx, const struct aip_opaque *opaque)
{
	const enum aip_vendor home = vendor_of(ctx->client);
	/* A Google signature has a slot of its own in Chat, by Google's own convention. */
	const bool googles_slot = ctx->client == AIP_CHAT && opaque->vendor == AIP_VENDOR_GOOGLE;

	if (!opaque->data.len)
		return AIP_NONE;
	if (googles_slot)
		return opaque->data;
	/* Responses finds reasoning by its item's id, which the gateway renames: the envelope keeps
	 * it. */
	if (home == opaque->vendor && !(ctx->client == AIP_RESPONSES && opaque->item_id.len))
		return opaque->data;
	struct aip_str wrapped = wrap(ctx->arena, opaque);
	return ctx->client == AIP_GEMINI && wrapped.at ? aip_base64(ctx->arena, wrapped) : wrapped;
}

/* ---- Reading -------------------------------------------------------------------------------- */

/* Looks like an envelope of ours, of whatever version: "gw", digits, ".". */
static bool is_envelope(struct aip_str text)
{
	size_t at = 2;

	while (at < text.len && text.at[at] >= '0' && text.at[at] <= '9')
		at++;
	return at > 2 && at < text.len && text.at[at] == '.' && aip_str_starts(text, AIP_LIT("gw"));
}

/* An envelope as it is, or in base64 as a slot wants it that holds bytes (Gemini). */
static bool find_envelope(struct aip_arena *arena, struct aip_str value, struct aip_str *ret)
{
	*ret = value;
	return is_envelope(value) || (aip_str_starts(value, AIP_LIT("Z3c")) &&
	                              aip_base64_decode(arena, value, ret) && is_envelope(*ret));
}

static bool word_at(struct aip_str word, const char *const *table, size_t n, size_t *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (table[i] && word.len && aip_str_is(word, table[i])) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static bool part_at(struct aip_str word, enum aip_part_kind *ret)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (aip_str_is(word, parts[i].word)) {
			*ret = parts[i].part;
			return true;
		}
	}
	return false;
}

/* Takes only what wrap makes: this version, known words, a value, no envelope inside. */
static struct aip_opaque *unwrap(struct aip_arena *arena, struct aip_str text)
{
	struct aip_str body = aip_strn(text.at + strlen(ENVELOPE), text.len - strlen(ENVELOPE));
	struct aip_opaque *opaque = aip_opaque_new(arena);
	struct aip_error ignored;
	struct aip_json *doc;
	struct aip_str json, inner;
	size_t vendor, kind;

	if (text.len > ENVELOPE_MAX || !aip_base64_decode(arena, body, &json) ||
	    aip_json_parse(arena, json, &doc, &ignored) ||
	    !word_at(aip_json_text(doc, "p"), vendors, sizeof(vendors) / sizeof(*vendors),
	             &vendor) ||
	    !word_at(aip_json_text(doc, "k"), kinds, sizeof(kinds) / sizeof(*kinds), &kind) ||
	    !part_at(aip_json_text(doc, "t"), &opaque->part))
		return NULL;
	opaque->vendor = (enum aip_vendor)vendor;
	opaque->kind = (enum aip_opaque_kind)kind;
	opaque->model = aip_json_text(doc, "m");
	opaque->item_id = aip_json_text(doc, "i");
	opaque->data = aip_json_text(doc, "d");
	return opaque->data.len && !find_envelope(arena, opaque->data, &inner) ? opaque : NULL;
}

struct aip_opaque *aip_opaque_in(struct aip_arena *arena, struct aip_str value,
                                 enum aip_vendor vendor, enum aip_opaque_kind kind,
                                 enum aip_part_kind part)
{
	struct aip_str text;

	if (find_envelope(arena, value, &text))
		return aip_str_starts(text, AIP_LIT(ENVELOPE)) ? unwrap(arena, text) : NULL;
	struct aip_opaque *opaque = aip_opaque_new(arena);
	opaque->vendor = vendor;
	opaque->kind = kind;
	opaque->data = value;
	opaque->part = part;
	return opaque;
}

/* ---- At home -------------------------------------------------------------------------------- */

bool aip_opaque_is_native(const struct aip_codec_ctx *ctx, const struct aip_opaque *opaque)
{
	const char *scope = ctx->caps ? ctx->caps->sig_scope : NULL;

	if (!opaque->data.len || opaque->vendor != ctx->vendor)
		return false;
	if (scope && strcmp(scope, "model") == 0 && opaque->model.len)
		return aip_str_eq(opaque->model, ctx->model);
	return true;
}
