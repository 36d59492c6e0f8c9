/* TLS on the client's side: contexts from PEM files, and the transport that speaks it. */
#include "front/conn.h"

#include <stdatomic.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#define STAGE_BYTES 16384 /* what one TLS record holds */
#define BULK_BYTES  4096  /* a record so large is one of several */

struct tls_context {
	atomic_int refs;
	SSL_CTX *ssl;
};

/* ---- Contexts ----------------------------------------------------------------------------- */

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                           const unsigned char *offered, unsigned int offered_len, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen;

	if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1, offered, offered_len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* OpenSSL's own words for what went wrong last, its queue emptied. */
static const char *ssl_words(void)
{
	unsigned long code = ERR_peek_last_error();
	const char *words = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return words ? words : "unknown error";
}

static enum aip_status load(SSL_CTX *ssl, const char *certificate_path, const char *key_path,
                            struct aip_error *reterr)
{
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ssl, certificate_path) != 1)
		return aip_fail(reterr, AIP_CONFIG_REFUSED, "TLS certificate '%s': %s",
		                certificate_path, ssl_words());
	if (SSL_CTX_use_PrivateKey_file(ssl, key_path, SSL_FILETYPE_PEM) != 1)
		return aip_fail(reterr, AIP_CONFIG_REFUSED, "TLS key '%s': %s", key_path,
		                ssl_words());
	if (SSL_CTX_check_private_key(ssl) != 1)
		return aip_fail(reterr, AIP_CONFIG_REFUSED,
		                "TLS key '%s' does not belong to certificate '%s'", key_path,
		                certificate_path);
	return AIP_OK;
}

enum aip_status tls_context_create(const char *certificate_path, const char *key_path,
                                   struct tls_context **ret, struct aip_error *reterr)
{
	SSL_CTX *ssl = SSL_CTX_new(TLS_server_method());
	struct tls_context *tls;
	enum aip_status status;

	if (!ssl)
		return aip_fail(reterr, AIP_CONFIG_REFUSED, "TLS: %s", ssl_words());
	SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
	SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
	                                 SSL_OP_CIPHER_SERVER_PREFERENCE |
	                                 SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
	                              SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_alpn_select_cb(ssl, choose_protocol, NULL);
	status = load(ssl, certificate_path, key_path, reterr);
	if (status) {
		SSL_CTX_free(ssl);
		return status;
	}
	tls = calloc(1, sizeof(*tls));
	aip_assert(tls);
	atomic_init(&tls->refs, 1);
	tls->ssl = ssl;
	*ret = tls;
	return AIP_OK;
}

struct tls_context *tls_context_ref(struct tls_context *tls)
{
	if (tls)
		atomic_fetch_add_explicit(&tls->refs, 1, memory_order_relaxed);
	return tls;
}

void tls_context_unref(struct tls_context *tls)
{
	if (!tls || atomic_fetch_sub_explicit(&tls->refs, 1, memory_order_acq_rel) != 1)
		return;
	SSL_CTX_free(tls->ssl);
	free(tls);
}

/* ---- Connections -------------------------------------------------------------------------- */

bool tls_attach(struct conn *conn, struct tls_context *tls)
{
	conn->ssl = SSL_new(tls->ssl); /* holds a reference of its own on the context */
	if (!conn->ssl || SSL_set_fd(conn->ssl, conn->fd) != 1) {
		tls_detach(conn);
		return false;
	}
	SSL_set_accept_state(conn->ssl);
	conn->transport = &transport_tls;
	return true;
}

void tls_detach(struct conn *conn)
{
	SSL_free(conn->ssl);
	conn->ssl = NULL;
}

/* What a result that is not a number of bytes means. */
static int said(struct conn *conn, int result)
{
	switch (SSL_get_error(conn->ssl, result)) {
	case SSL_ERROR_WANT_READ: return IO_AGAIN;
	case SSL_ERROR_WANT_WRITE: conn->wants_write = true; return IO_AGAIN;
	case SSL_ERROR_ZERO_RETURN: return IO_END;
	default:
		ERR_clear_error();
		conn->broken = true; /* OpenSSL must not be asked anything more */
		loop_task_add(conn->front->loop, &conn->task);
		return IO_BROKEN;
	}
}

int tls_handshake(struct conn *conn)
{
	int result;

	ERR_clear_error();
	result = SSL_do_handshake(conn->ssl);
	if (result == 1)
		return 1;
	return said(conn, result) == IO_AGAIN ? IO_AGAIN : IO_BROKEN;
}

/* A record at a time is what OpenSSL gives; of bulk data all that is there is taken at once. */
static ssize_t tls_read(struct conn *conn, void *into, size_t room)
{
	size_t got = 0;
	int n = 1;

	if (conn->broken)
		return IO_BROKEN;
	do {
		size_t left = room - got;

		ERR_clear_error();
		n = SSL_read(conn->ssl, (char *)into + got,
		             left < INT32_MAX ? (int)left : INT32_MAX);
		if (n <= 0)
			n = said(conn, n);
		else
			got += (size_t)n;
	} while (n >= BULK_BYTES && got < room);
	return got > 0 ? (ssize_t)got : n;
}

/* Writes all of it, or as much as the socket takes. */
static ssize_t write_run(struct conn *conn, const char *at, size_t len)
{
	size_t sent = 0;
	int n = 1;

	while (sent < len) {
		size_t left = len - sent;
		bool wanted = conn->wants_write;

		ERR_clear_error();
		n = SSL_write(conn->ssl, at + sent, left < INT32_MAX ? (int)left : INT32_MAX);
		if (n <= 0) {
			n = said(conn, n);
			conn->wants_write = wanted; /* what is kept waits for the socket anyway */
			break;
		}
		sent += (size_t)n;
	}
	if (n == IO_END)
		n = IO_BROKEN;
	return sent > 0 && n != IO_BROKEN ? (ssize_t)sent : n;
}

/* Small pieces go together into one record. */
static ssize_t tls_write(struct conn *conn, const struct iovec *pieces, int n)
{
	char stage[STAGE_BYTES];
	size_t len = 0;
	ssize_t sent, total = 0;

	for (int i = 0; i < n; i++)
		len += pieces[i].iov_len;
	if (n > 1 && len <= sizeof(stage)) {
		len = 0;
		for (int i = 0; i < n; i++) {
			memcpy(stage + len, pieces[i].iov_base, pieces[i].iov_len);
			len += pieces[i].iov_len;
		}
		return write_run(conn, stage, len);
	}
	for (int i = 0; i < n; i++) {
		sent = write_run(conn, pieces[i].iov_base, pieces[i].iov_len);
		if (sent < 0)
			return total > 0 && sent != IO_BROKEN ? total : sent;
		total += sent;
		if ((size_t)sent < pieces[i].iov_len)
			break;
	}
	return total;
}

static bool tls_has_more(const struct conn *conn)
{
	return SSL_has_pending(conn->ssl) == 1;
}

static void tls_finish(struct conn *conn)
{
	if (!SSL_in_init(conn->ssl))
		(void)SSL_shutdown(conn->ssl);
	ERR_clear_error();
}

const struct transport transport_tls = {tls_read, tls_write, tls_has_more, tls_finish};
