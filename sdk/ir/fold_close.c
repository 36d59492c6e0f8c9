/* The end of a block: its part gets all that was said in it. */
#include <aiproxy/rules.h>

#include "ir/balance.h"
#include "ir/copy.h"
#include "ir/fold.h"

static void take(struct aip_str *into, struct aip_str authoritative)
{
	if (authoritative.at)
		*into = authoritative;
}

static bool args_are_whole(struct aip_str args)
{
	struct balance balance = {0};

	balance_add(&balance, args);
	return balance.any && balance_is_whole(&balance);
}

/* Of two tellings of a call's arguments the whole one counts, of two whole ones the longer. */
static void call_close(struct aip_tool_call *call, struct aip_str said,
                       const struct aip_tool_call *final)
{
	if (said.len)
		call->args = said;
	if (!final)
		return;
	take(&call->item_id, final->item_id);
	take(&call->caller_raw, final->caller_raw);
	call->incomplete |= final->incomplete;
	if (!call->args.len || (final->args.len > call->args.len && args_are_whole(final->args)))
		take(&call->args, final->args);
}

static void server_close(struct aip_server_part *server, struct aip_str said,
                         const struct aip_server_part *final)
{
	if (said.len)
		server->input = said;
	if (!final)
		return;
	if (!server->input.len)
		take(&server->input, final->input);
	take(&server->results, final->results);
	take(&server->id, final->id);
	take(&server->name, final->name);
	take(&server->raw, final->raw);
	take(&server->label, final->label);
	if (final->is_error != AIP_UNSET)
		server->is_error = final->is_error;
	if (final->dialect != AIP_DIALECT_NONE)
		server->dialect = final->dialect;
}

static void media_close(struct aip_fold *fold, struct fold_block *block,
                        const struct aip_media *final)
{
	struct aip_media *media = block->part->media;

	if (final) {
		take(&media->mime, final->mime);
		take(&media->format, final->format);
		take(&media->id, final->id);
		take(&media->expires_at, final->expires_at);
		take(&media->transcript, final->transcript);
		take(&media->data, final->data);
		media->source = final->source;
	}
	if (block->said.len && block->part->kind == AIP_AUDIO)
		media->data = aip_base64_join(fold->arena, fold_text_str(&block->said));
	else if (block->said.len)
		media->data = fold_text_str(&block->said);
	if (block->transcript.len)
		media->transcript = fold_text_str(&block->transcript);
}

static void thinking_close(struct fold_block *block, const struct aip_part *final)
{
	struct aip_part *part = block->part;

	for (struct fold_summary *summary = block->summaries; summary; summary = summary->next)
		summary->part->text = fold_text_str(&summary->text);
	if (!final || !final->thinking || !part->thinking)
		return;
	take(&part->thinking->status, final->thinking->status);
	part->thinking->omitted |= final->thinking->omitted;
	if (!block->summaries && final->thinking->summary) {
		part->thinking->summary = final->thinking->summary;
		part->thinking->has_summary = true;
	}
}

static void text_close(struct fold_block *block, const struct aip_part *final)
{
	struct aip_part *part = block->part;

	if (block->said.len)
		part->text = fold_text_str(&block->said);
	else if (final && final->text.len)
		part->text = final->text;
	if (part->kind == AIP_THINKING)
		thinking_close(block, final);
}

static void marks_close(struct aip_fold *fold, struct fold_block *block,
                        const struct aip_part *final)
{
	struct aip_part *part = block->part;

	if (block->logprobs.len)
		part->logprobs = aip_arena_printf(fold->arena, "[%.*s]",
		                                  AIP_FMT(fold_text_str(&block->logprobs)));
	if (!final)
		return;
	if (final->opaque)
		part->opaque = final->opaque;
	if (final->ext)
		part->ext = final->ext;
	if (final->citations && !part->citations)
		part->citations = final->citations;
	if (!part->logprobs.at)
		part->logprobs = final->logprobs;
	take(&part->id, final->id);
	take(&part->raw, final->raw);
}

void fold_block_close(struct aip_fold *fold, struct fold_block *block, const struct aip_part *final)
{
	struct aip_part *part = block->part;

	final = part_copy(fold->arena, final && final->kind == part->kind ? final : NULL);
	marks_close(fold, block, final);
	switch (part->kind) {
	case AIP_TEXT:
	case AIP_REFUSAL:
	case AIP_THINKING: text_close(block, final); break;
	case AIP_IMAGE:
	case AIP_AUDIO: media_close(fold, block, final ? final->media : NULL); break;
	case AIP_TOOL_CALL:
		call_close(part->call, fold_text_str(&block->said), final ? final->call : NULL);
		break;
	case AIP_SERVER_CALL:
	case AIP_SERVER_RESULT:
		server_close(part->server, fold_text_str(&block->said),
		             final ? final->server : NULL);
		break;
	default: break;
	}
}
