/* Takes the content off a part, so that it may follow as deltas. */
#include "ir/head.h"

static void head_of_text(struct head *head)
{
	head->part.text = AIP_NONE;
	head->part.citations = NULL;
	head->part.logprobs = AIP_NONE;
}

static void head_of_thinking(struct head *head)
{
	head_of_text(head);
	head->part.opaque = NULL;
	if (!head->part.thinking)
		return;
	head->thinking = *head->part.thinking;
	head->thinking.summary = NULL;
	head->part.thinking = &head->thinking;
}

static void head_of_media(struct head *head)
{
	if (!head->part.media || head->part.media->source != AIP_FROM_BASE64)
		return;
	head->media = *head->part.media;
	head->media.data = AIP_NONE;
	head->media.transcript = AIP_NONE;
	head->part.media = &head->media;
}

void head_of(const struct aip_part *part, struct head *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->part = *part;
	ret->part.next = NULL;
	switch (part->kind) {
	case AIP_TEXT:
	case AIP_REFUSAL: head_of_text(ret); break;
	case AIP_THINKING: head_of_thinking(ret); break;
	case AIP_IMAGE:
	case AIP_AUDIO: head_of_media(ret); break;
	case AIP_TOOL_CALL:
		ret->call = *part->call;
		ret->call.args = AIP_NONE;
		ret->part.call = &ret->call;
		break;
	case AIP_SERVER_CALL:
		ret->server = *part->server;
		ret->server.input = AIP_NONE;
		ret->part.server = &ret->server;
		break;
	default: break;
	}
}

bool head_lacks(const struct aip_part *part)
{
	switch (part->kind) {
	case AIP_TEXT:
	case AIP_REFUSAL: return part->text.len;
	case AIP_THINKING: return part->text.len || (part->thinking && part->thinking->summary);
	case AIP_TOOL_CALL: return part->call->args.len;
	case AIP_SERVER_CALL: return part->server->input.len;
	case AIP_IMAGE:
	case AIP_AUDIO:
		return part->media && part->media->source == AIP_FROM_BASE64 &&
		       (part->media->data.len || part->media->transcript.len);
	default: return false;
	}
}
