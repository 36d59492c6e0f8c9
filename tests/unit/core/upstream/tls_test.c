/* Upstreams over TLS: whom we trust, and HTTP/2 where it is offered. */
#include "unit/core/upstream/peer.h"

#include <signal.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

static char ca_path[64];
static SSL_CTX *tls_of_server;
static atomic_uint resumed;

/* ---- A certificate of our own ------------------------------------------------------------------
 */

static X509 *certificate_of(EVP_PKEY *key)
{
	X509 *cert = X509_new();

	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_set_version(cert, 2);
	X509_gmtime_adj(X509_getm_notBefore(cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	X509_NAME *name = X509_get_subject_name(cert);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1,
	                           0);
	X509_set_issuer_name(cert, name);
	X509_EXTENSION *names =
		X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");
	X509_add_ext(cert, names, -1);
	X509_EXTENSION_free(names);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	return cert;
}

static int pick_h2(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                   const unsigned char *in, unsigned in_len, void *arg)
{
	for (unsigned at = 0; at < in_len; at += in[at] + 1u)
		if (in[at] == 2 && memcmp(in + at + 1, "h2", 2) == 0) {
			*out = in + at + 1;
			*out_len = 2;
			return SSL_TLSEXT_ERR_OK;
		}
	return SSL_TLSEXT_ERR_NOACK;
}

static int set_up(void **state)
{
	signal(SIGPIPE, SIG_IGN);
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = certificate_of(key);

	snprintf(ca_path, sizeof(ca_path), "/tmp/aip-tls-XXXXXX");
	int fd = mkstemp(ca_path);
	FILE *file = fdopen(fd, "w");
	PEM_write_X509(file, cert);
	fclose(file);
	tls_of_server = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(tls_of_server, cert);
	SSL_CTX_use_PrivateKey(tls_of_server, key);
	X509_free(cert);
	EVP_PKEY_free(key);
	return 0;
}

static int tear_down(void **state)
{
	unlink(ca_path);
	SSL_CTX_free(tls_of_server);
	return 0;
}

/* ---- Servers -----------------------------------------------------------------------------------
 */

static SSL *tls_accept(struct server *server)
{
	int fd = server_accept(server);
	SSL *ssl = fd >= 0 ? SSL_new(tls_of_server) : NULL;

	if (!ssl)
		return NULL;
	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) != 1) {
		SSL_free(ssl);
		close(fd);
		return NULL;
	}
	if (SSL_session_reused(ssl))
		atomic_fetch_add(&resumed, 1);
	return ssl;
}

static void tls_close(SSL *ssl)
{
	int fd = SSL_get_fd(ssl);

	SSL_shutdown(ssl);
	SSL_free(ssl);
	close(fd);
}

static void serve_h1(struct server *server)
{
	for (int i = 0; i < 2; i++) {
		SSL *ssl = tls_accept(server);
		if (!ssl)
			return;
		int n = SSL_read(ssl, server->request, sizeof(server->request) - 1);
		server->request[n > 0 ? n : 0] = '\0';
		SSL_write(ssl,
		          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
		          59);
		tls_close(ssl);
	}
}

/* HTTP/2 by hand: frames are 3 bytes of length, type, flags, 4 bytes of stream. Answers stream 1
 * with 200 and "hello", stream 3 with 200, "hel" and a reset. */
enum { DATA = 0, HEADERS = 1, RST_STREAM = 3, SETTINGS = 4, END_STREAM = 1, END_HEADERS = 4 };

static void frame(SSL *ssl, int type, int flags, int stream, const char *bytes, size_t n)
{
	char out[64] = {0, 0, (char)n, (char)type, (char)flags, 0, 0, 0, (char)stream};

	memcpy(out + 9, bytes, n);
	SSL_write(ssl, out, (int)(9 + n));
}

static bool tls_read_n(SSL *ssl, unsigned char *bytes, size_t n)
{
	for (int got; n > 0; bytes += got, n -= (size_t)got)
		if ((got = SSL_read(ssl, bytes, (int)n)) <= 0)
			return false;
	return true;
}

static void answer_h2(SSL *ssl, int stream)
{
	frame(ssl, HEADERS, END_HEADERS, stream, "\x88\x40\x01x\x01y", 6);
	if (stream == 1) {
		frame(ssl, DATA, END_STREAM, stream, "hello", 5);
		return;
	}
	frame(ssl, DATA, 0, stream, "hel", 3);
	frame(ssl, RST_STREAM, 0, stream, "\0\0\0\2", 4);
}

static void serve_h2(struct server *server)
{
	static unsigned char bytes[65536];
	SSL *ssl = tls_accept(server);

	if (!ssl)
		return;
	tls_read_n(ssl, bytes, 24); /* the preface */
	frame(ssl, SETTINGS, 0, 0, "", 0);
	while (tls_read_n(ssl, bytes, 9)) {
		size_t n = (size_t)bytes[0] << 16 | (size_t)bytes[1] << 8 | bytes[2];
		int type = bytes[3], flags = bytes[4], stream = bytes[8];
		if (n > sizeof(bytes) || !tls_read_n(ssl, bytes, n))
			break;
		if (type == SETTINGS && !(flags & 1))
			frame(ssl, SETTINGS, 1, 0, "", 0);
		if (type == DATA)
			server_note_body(server, (const char *)bytes, n);
		if ((type == HEADERS || type == DATA) && flags & END_STREAM)
			answer_h2(ssl, stream);
	}
	tls_close(ssl);
}

/* A CONNECT proxy that is its own upstream. */
static void serve_tunnel(struct server *server)
{
	char request[4096];
	int fd = server_accept(server);
	ssize_t n = read(fd, request, sizeof(request) - 1);
	SSL *ssl = SSL_new(tls_of_server);

	request[n > 0 ? n : 0] = '\0';
	server_say(fd, "HTTP/1.1 200 Connection established\r\nX-Proxy: 1\r\n\r\n");
	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1) {
		n = SSL_read(ssl, server->request, sizeof(server->request) - 1);
		server->request[n > 0 ? n : 0] = '\0';
		SSL_write(ssl, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 40);
	}
	snprintf(server->body, sizeof(server->body), "%s", request);
	tls_close(ssl);
}

static struct aip_str https_url(struct client *client, const struct server *server)
{
	snprintf(client->url, sizeof(client->url), "https://127.0.0.1:%d/t?key=SECRET",
	         server->port);
	return aip_str(client->url);
}

static struct client *trusting_client(void)
{
	return client_create_with(&(struct upstream_options){.ca_file = ca_path});
}

/* ---- Claims ------------------------------------------------------------------------------------
 */

TEST(a_certificate_of_an_unknown_authority_is_refused)
{
	struct server *server = server_start(serve_h1);
	struct client *client = client_create();

	client_run(client, &(struct upstream_request){.url = https_url(client, server)});
	CHECK_INT_EQ(client->how, AIP_UPSTREAM_BROKEN);
	CHECK_HOLDS(client->err.message, "TLS with the upstream failed");
	CHECK_HOLDS(client->err.message, "certificate");
	CHECK_LACKS(client->err.message, "SECRET");
	client_destroy(client);
	server_join(server);
	CHECK_STR_EQ(aip_str(server->request), "");
	free(server);
}

TEST(a_private_authority_is_trusted_when_given_and_sessions_are_resumed)
{
	struct server *server = server_start(serve_h1);
	struct client *client = trusting_client();

	atomic_store(&resumed, 0);
	for (int i = 0; i < 2; i++) {
		client_run(client, &(struct upstream_request){.url = https_url(client, server)});
		CHECK_INT_EQ(client->how, AIP_OK);
		CHECK_STR_EQ(aip_str(client->body), "ok");
		CHECK(!client->facts.http2);
	}
	client_destroy(client);
	server_join(server);
	CHECK_INT_EQ(atomic_load(&server->accepted), 2);
	CHECK_INT_EQ(atomic_load(&resumed), 1);
	free(server);
}

TEST(http2_is_spoken_where_it_is_offered_and_a_reset_stream_is_a_cut_answer)
{
	static char large[30000];
	const struct aip_str body = {large, sizeof(large)};
	SSL_CTX_set_alpn_select_cb(tls_of_server, pick_h2, NULL);
	struct server *server = server_start(serve_h2);
	struct client *client = trusting_client();
	const struct upstream_request request = {
		.url = https_url(client, server), .body = &body, .n_body = 1};

	client_run(client, &request);
	CHECK_INT_EQ(client->how, AIP_OK);
	CHECK_INT_EQ(client->status, 200);
	CHECK_STR_EQ(aip_str(client->headers), "x: y\n");
	CHECK_STR_EQ(aip_str(client->body), "hello");
	CHECK(client->facts.http2);
	client_run(client, &request);
	CHECK(client->facts.reused);
	CHECK_INT_EQ(client->how, AIP_UPSTREAM_BROKEN);
	CHECK_HOLDS(client->err.message, "cut");
	client_destroy(client);
	server_join(server);
	CHECK_INT_EQ(atomic_load(&server->accepted), 1);
	CHECK_INT_EQ(server->body_bytes, 2 * sizeof(large));
	free(server);
	SSL_CTX_set_alpn_select_cb(tls_of_server, NULL, NULL);
}

TEST(http2_is_not_offered_when_the_request_says_so)
{
	SSL_CTX_set_alpn_select_cb(tls_of_server, pick_h2, NULL);
	struct server *server = server_start(serve_h1);
	struct client *client = trusting_client();

	client_run(client, &(struct upstream_request){.url = https_url(client, server),
	                                              .http1_only = true});
	CHECK_INT_EQ(client->how, AIP_OK);
	CHECK(!client->facts.http2);
	client_destroy(client);
	server_join(server);
	free(server);
	SSL_CTX_set_alpn_select_cb(tls_of_server, NULL, NULL);
}

TEST(a_tunnel_through_a_proxy_shows_the_upstreams_head_alone)
{
	struct server *server = server_start(serve_tunnel);
	struct client *client = trusting_client();
	const struct aip_header key = {AIP_LIT("Authorization"), AIP_LIT("Bearer SECRET")};
	char proxy[64];

	snprintf(proxy, sizeof(proxy), "http://u:p@127.0.0.1:%d", server->port);
	client_run(client, &(struct upstream_request){.url = https_url(client, server),
	                                              .headers = &key,
	                                              .n_headers = 1,
	                                              .proxy_url = aip_str(proxy)});
	CHECK_INT_EQ(client->how, AIP_OK);
	CHECK_INT_EQ(client->heads, 1);
	CHECK_STR_EQ(aip_str(client->headers), "Content-Length: 2\n");
	client_destroy(client);
	server_join(server);
	CHECK_HOLDS(server->body, "CONNECT 127.0.0.1:");
	CHECK_HOLDS(server->body, "Proxy-Authorization: Basic dTpw");
	CHECK_LACKS(server->body, "SECRET");
	CHECK_HOLDS(server->request, "Authorization: Bearer SECRET");
	CHECK_LACKS(server->request, "Proxy-");
	free(server);
}

static void serve_noise(struct server *server)
{
	int fd = server_accept(server);

	server_say(fd, "220 mail.example ESMTP\r\n");
	server_wait_end(fd);
}

TEST(a_server_that_does_not_speak_tls_is_broken)
{
	struct server *server = server_start(serve_noise);
	struct client *client = trusting_client();

	client_run(client, &(struct upstream_request){.url = https_url(client, server)});
	CHECK_INT_EQ(client->how, AIP_UPSTREAM_BROKEN);
	CHECK_HOLDS(client->err.message, "TLS with the upstream failed");
	client_destroy(client);
	server_join(server);
	free(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_certificate_of_an_unknown_authority_is_refused),
		CASE(a_private_authority_is_trusted_when_given_and_sessions_are_resumed),
		CASE(http2_is_spoken_where_it_is_offered_and_a_reset_stream_is_a_cut_answer),
		CASE(http2_is_not_offered_when_the_request_says_so),
		CASE(a_tunnel_through_a_proxy_shows_the_upstreams_head_alone),
		CASE(a_server_that_does_not_speak_tls_is_broken),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
