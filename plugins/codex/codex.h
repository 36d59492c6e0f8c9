/* What the files of the codex provider share. */
#ifndef CODEX_H
#define CODEX_H

#include <aiproxy/provider.h>

/* judge.c: narrows what the codec has read of a refusal. */
void codex_judge(struct aip_exchange *x, struct aip_str body, struct aip_error *error);

#endif
