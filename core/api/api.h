/* The API: which path is which dialect, and what each of them does with a request.
 *
 * One row a path (routes.def); one file a face: chat, responses, messages, gemini, models, health. A face
 * reads only what routing needs (model, stream) and hands the call over; the body is read once, by its
 * codec, and only when it is not relayed. */
#ifndef API_API_H
#define API_API_H

#include "call/call.h"

/* A request on its way through the API: made when its head has arrived, in the exchange's arena. */
struct visit {
	uint32_t magic;
	struct worker *worker;
	struct exchange *ex;
	struct snapshot *snapshot;         /* one reference; NULL once the visit has ended */
	const struct principal *principal; /* NULL: everyone may */
	struct aip_str id;
	const struct api_route *route;
	struct aip_str rest; /* of the path, behind the route's prefix */
};

struct api_route {
	const char *method;
	const char *path;         /* ends in '*': everything that begins so */
	enum aip_dialect dialect; /* of errors too */
	bool needs_key;
	void (*serve)(struct visit *visit);
};

/* The front's hooks; arg is the worker. */
enum aip_status api_on_head(struct exchange *ex, void *arg, struct aip_error *reterr);
void api_on_request(struct exchange *ex, void *arg);
void api_refuse(struct front_refusal *refusal, void *arg);

/* ---- Faces ---------------------------------------------------------------------------------- */

void api_chat(struct visit *visit);
void api_completions(struct visit *visit);
void api_responses(struct visit *visit);
void api_messages(struct visit *visit);
void api_count_tokens(struct visit *visit);
void api_input_tokens(struct visit *visit);
void api_gemini(struct visit *visit);
void api_models(struct visit *visit);
void api_model(struct visit *visit);
void api_health(struct visit *visit);
void api_about(struct visit *visit);

/* ---- For faces ------------------------------------------------------------------------------ */

/* A call whose model and stream stand at the top of the JSON body. Checks the whole body; answers a bad one. */
void api_call_by_body(struct visit *visit, enum aip_dialect dialect, enum aip_purpose purpose);
/* Answers and ends the visit. */
void api_fail(struct visit *visit, const struct aip_error *error);
/* In another dialect than the route's. */
void api_fail_as(struct visit *visit, enum aip_dialect dialect, const struct aip_error *error);
void api_reply_json(struct visit *visit, struct aip_str body);
/* Hands over to the call room; ends the visit. */
void api_call(struct visit *visit, const struct call_spec *spec);

#endif
