/* OAuth as data: how a provider's accounts log in, for the host to run.
 *
 * The host owns the browser, the callback listener, the polling, the token file and the refresh timer.
 * A provider describes its flow in an aip_login; where a step is odd it sets that step's flag, and the
 * host makes an AIP_LOGIN or AIP_REFRESH call instead of the standard exchange.
 *
 * Source of the flows: RFC 6749, 7636 (PKCE), 8628 (device), 7523 (JWT grant). */
#ifndef AIPROXY_LOGIN_H
#define AIPROXY_LOGIN_H

#include <aiproxy/base.h>

#ifdef __cplusplus
extern "C" {
#endif

enum aip_login_flow {
	AIP_LOGIN_API_KEY,         /* no flow: a key in the configuration */
	AIP_LOGIN_CODE,            /* authorization code, callback on loopback */
	AIP_LOGIN_DEVICE,          /* RFC 8628 */
	AIP_LOGIN_SERVICE_ACCOUNT, /* a key file signs JWTs */
	AIP_LOGIN_COOKIE,          /* a pasted cookie */
};

enum aip_login_encoding {
	AIP_LOGIN_FORM, /* application/x-www-form-urlencoded */
	AIP_LOGIN_JSON,
};

enum aip_login_flag {
	AIP_LOGIN_PKCE = 1 << 0,          /* S256 */
	AIP_LOGIN_STATE_IN_TOKEN = 1 << 1, /* the token request repeats state */
	AIP_LOGIN_OWN_EXCHANGE = 1 << 2,  /* provider makes the code or device exchange itself */
	AIP_LOGIN_OWN_REFRESH = 1 << 3,   /* provider makes the refresh itself */
	AIP_LOGIN_BASIC_AUTH = 1 << 4,    /* client id and secret as HTTP Basic */
};

/* One way to log in. Static memory of the provider. Texts NULL when the flow has no use for them. */
struct aip_login {
	uint32_t size;              /* append only */
	const char *name;           /* "claude": the word of --<name>-login and of management */
	const char *title;          /* for people: "Claude (Anthropic Console)" */
	enum aip_login_flow flow;
	enum aip_login_encoding encoding; /* of token requests */
	uint32_t flags;
	const char *authorize_url;
	const char *token_url;
	const char *device_url;
	const char *client_id;
	const char *client_secret_key; /* configuration key that holds it; never built in */
	const char *scopes;         /* blank-separated */
	const char *extra_query;    /* "access_type=offline&prompt=consent" */
	uint16_t callback_port;
	const char *callback_path;  /* "/callback" */
	const char *redirect_uri;   /* when it differs from http://localhost:port/path */
	int64_t refresh_lead_s;     /* renew this long before expiry; 0: when a call needs it */
	const char *file_name;      /* "claude-{email}.json"; fields in braces */
};

enum aip_login_stage {
	AIP_LOGIN_STAGE_CODE,   /* exchange code and verifier for tokens */
	AIP_LOGIN_STAGE_DEVICE, /* ask for a device code */
	AIP_LOGIN_STAGE_POLL,   /* poll the token endpoint once */
	AIP_LOGIN_STAGE_FILE,   /* turn an imported file or cookie into an account */
};

/* What an AIP_LOGIN call is asked to do. Borrowed until drop. */
struct aip_login_step {
	uint32_t size;
	const struct aip_login *login;
	enum aip_login_stage stage;
	struct aip_str code, state, verifier, redirect_uri, device_code, input;
};

/* What a login or refresh yields: the event AIP_EV_ACCOUNT. Borrowed until emit returns. */
struct aip_account {
	uint32_t size;
	struct aip_str access, refresh; /* secrets */
	int64_t expires_s;              /* unix; 0 unknown */
	struct aip_str email, label;
	struct aip_str fields;          /* raw JSON object, merged into the token file */
	/* DEVICE stage */
	struct aip_str device_code, user_code, verify_url;
	int64_t interval_ms;
	bool pending;                   /* POLL: not yet; interval_ms says when again */
};

/* One figure of an account's allowance: the event AIP_EV_QUOTA. */
struct aip_quota {
	uint32_t size;
	struct aip_str name;   /* "five_hour", "weekly" … */
	double used;           /* 0…1; negative unknown */
	int64_t resets_s;      /* unix; 0 unknown */
	struct aip_str raw;    /* the vendor's own words, JSON */
};

#ifdef __cplusplus
}
#endif
#endif
