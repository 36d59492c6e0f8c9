/* What connections borrow from their front: read buffers and arenas, kept for the next one. */
#include "front/conn.h"

#include <stdlib.h>

char *pool_block(struct front *front)
{
	char *block;

	if (front->n_blocks > 0) {
		block = front->blocks[--front->n_blocks];
	} else {
		block = malloc(BLOCK_BYTES);
		aip_assert(block);
	}
	front->counts.held_bytes += BLOCK_BYTES;
	return block;
}

void pool_block_back(struct front *front, char *block)
{
	front->counts.held_bytes -= BLOCK_BYTES;
	if (front->n_blocks < POOL_BLOCKS_MAX)
		front->blocks[front->n_blocks++] = block;
	else
		free(block);
}

struct request *pool_request(struct conn *conn)
{
	struct front *front = conn->front;
	struct aip_arena *arena =
		front->n_arenas > 0 ? front->arenas[--front->n_arenas] : aip_arena_create();
	struct request *request = AIP_NEW(arena, struct request);

	request->front = front;
	request->ex.magic = EXCHANGE_MAGIC;
	request->ex.conn = conn;
	request->ex.arena = arena;
	request->ex.peer = conn->peer;
	request->ex.is_tls = conn->ssl != NULL;
	request->ex.began_ms = loop_now_ms(front->loop);
	request->ex.body = AIP_LIT("");
	front->counts.exchanges++;
	return request;
}

static void request_recycle(void *obj)
{
	struct request *request = obj;
	struct front *front = request->front;
	struct aip_arena *arena = request->ex.arena;

	request->ex.magic = 0;
	aip_buf_fini(&request->body);
	if (front->n_arenas < POOL_ARENAS_MAX) {
		aip_arena_reset(arena);
		front->arenas[front->n_arenas++] = arena;
	} else {
		aip_arena_destroy(arena);
	}
}

void pool_request_back(struct request *request)
{
	request->front->counts.exchanges--;
	loop_rest(request->front->loop, request_recycle, request);
}

void pool_free(struct front *front)
{
	while (front->n_blocks > 0)
		free(front->blocks[--front->n_blocks]);
	while (front->n_arenas > 0)
		aip_arena_destroy(front->arenas[--front->n_arenas]);
}
