/* Inside the fold: what it collects, and how a block becomes its part. */
#ifndef SDK_IR_FOLD_H
#define SDK_IR_FOLD_H

#include <aiproxy/ir.h>

/* Text that grows in an arena: room doubles, so what is left behind is less than the text. */
struct fold_text {
	char *at;
	size_t len;
	size_t room;
};

struct fold_summary {
	struct fold_summary *next;
	struct aip_part *part;
	struct fold_text text;
};

/* An open block: the part it becomes, and what was said in it. */
struct fold_block {
	struct fold_block *next;
	struct aip_candidate *candidate;
	uint32_t number;
	struct aip_part *part;
	struct aip_citation **cited;
	struct fold_summary *summaries;
	struct fold_text said; /* text, arguments or base64 */
	struct fold_text transcript;
	struct fold_text logprobs; /* inner of the array */
};

struct aip_fold {
	struct aip_arena *arena;
	struct aip_response *response;
	struct fold_block *open;
	struct aip_error *error;
	size_t bytes;
};

static inline struct aip_str fold_text_str(const struct fold_text *text)
{
	return aip_strn(text->at ? text->at : "", text->len);
}

/* The block's part gets all that was said in it. final: what its stop says, or NULL; of two
 * tellings the better counts (fold_close.c). */
void fold_block_close(struct aip_fold *fold, struct fold_block *block,
                      const struct aip_part *final);

#endif
