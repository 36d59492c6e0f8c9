/* Who is asking: client keys, looked up in constant time. */
#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

#include <aiproxy/base.h>

/* A client that may come in. In the snapshot's arena. */
struct principal {
	struct aip_str hint; /* what may be shown of its key */
	char id[17];         /* stable, not secret: first 16 hex digits of the key's SHA-256 */
};

/* Keys are kept as digests under a secret of this process, so neither a core file nor the time of a look-up
 * tells one. Immutable. */
struct access;

/* keys: as configured, blanks already trimmed. Control thread. */
struct access *access_new(struct aip_arena *arena, const struct aip_str *keys, size_t n_keys);

/* What a request offers, in the order in which it counts. AIP_NONE: not there. */
struct access_offer {
	struct aip_str authorization;  /* header; "Bearer <key>", else the whole value is the key */
	struct aip_str x_goog_api_key; /* header */
	struct aip_str x_api_key;      /* header */
	struct aip_str query_key;      /* ?key= */
	struct aip_str query_token;    /* ?auth_token= */
};

/* The first offered key that is ours wins. No keys configured: everyone may, *ret is NULL.
 *
 * AIP_CLIENT_UNKNOWN: "Missing API key" or "Invalid API key". Any thread. */
aip_nodiscard enum aip_status access_admit(const struct access *access,
                                           const struct access_offer *offer,
                                           const struct principal **ret, struct aip_error *reterr);

/* The value of a parameter in a raw query, decoded; AIP_NONE when absent. Any thread. */
struct aip_str access_query(struct aip_arena *arena, struct aip_str query, const char *name);

#endif
