/* TLS: the same exchanges, with a certificate made for the test. */
#include "rig.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>

/* A self-signed certificate and its key as files in a directory of their own. */
struct pair {
	char dir[32], cert[48], key[48];
};

static void pair_make(struct pair *pair)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);
	FILE *file;

	snprintf(pair->dir, sizeof(pair->dir), "/tmp/front-tls-XXXXXX");
	CHECK(mkdtemp(pair->dir) != NULL);
	snprintf(pair->cert, sizeof(pair->cert), "%s/cert.pem", pair->dir);
	snprintf(pair->key, sizeof(pair->key), "%s/key.pem", pair->dir);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1,
	                           0);
	X509_set_issuer_name(cert, name);
	CHECK(X509_sign(cert, key, EVP_sha256()) > 0);
	file = fopen(pair->cert, "w");
	CHECK(file && PEM_write_X509(file, cert) == 1);
	fclose(file);
	file = fopen(pair->key, "w");
	CHECK(file && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
	fclose(file);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static void pair_remove(const struct pair *pair)
{
	unlink(pair->cert);
	unlink(pair->key);
	rmdir(pair->dir);
}

struct client {
	struct rig *rig;
	struct pair pair;
	struct tls_context *tls;
	SSL_CTX *context;
	SSL *ssl;
};

static void client_start(struct client *c, const struct front_options *options)
{
	c->rig = rig_create(options);
	pair_make(&c->pair);
	CHECK_INT_EQ(tls_context_create(c->pair.cert, c->pair.key, &c->tls, NULL), AIP_OK);
	c->context = SSL_CTX_new(TLS_client_method());
	c->ssl = NULL;
}

static void client_end(struct client *c)
{
	SSL_free(c->ssl);
	SSL_CTX_free(c->context);
	rig_destroy(c->rig);
	tls_context_unref(c->tls);
	pair_remove(&c->pair);
}

/* Connects without shaking hands. */
static void client_connect(struct client *c)
{
	int ends[2];

	SSL_free(c->ssl);
	if (c->rig->fd >= 0)
		close(c->rig->fd);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	set_nonblocking(ends[0]);
	front_adopt(c->rig->front, ends[1], "unix", c->tls);
	c->rig->fd = ends[0];
	c->ssl = SSL_new(c->context);
	SSL_set_fd(c->ssl, ends[0]);
}

static bool client_shake(struct client *c)
{
	for (int i = 0; i < 100; i++) {
		int done = SSL_connect(c->ssl);

		if (done == 1)
			return true;
		if (SSL_get_error(c->ssl, done) != SSL_ERROR_WANT_READ)
			break;
		rig_turn(c->rig, 1);
	}
	ERR_clear_error();
	return false;
}

static void client_send(struct client *c, struct aip_str bytes)
{
	size_t sent = 0;

	for (int tries = 0; sent < bytes.len && tries < 10000; tries++) {
		size_t n = 0;

		if (SSL_write_ex(c->ssl, bytes.at + sent, bytes.len - sent, &n) == 1)
			sent += n;
		rig_turn(c->rig, 1);
	}
	CHECK_INT_EQ(sent, bytes.len);
	rig_turn(c->rig, 3);
}

static struct aip_str client_receive(struct client *c)
{
	struct rig *rig = c->rig;

	rig->answer_len = 0;
	for (int idle = 0; idle < 4 && rig->answer_len < ANSWER_MAX;) {
		size_t n = 0;

		if (SSL_read_ex(c->ssl, rig->answer + rig->answer_len, ANSWER_MAX - rig->answer_len,
		                &n) == 1) {
			rig->answer_len += n;
			idle = 0;
		} else {
			idle++;
		}
		rig_turn(rig, 2);
	}
	return aip_strn(rig->answer, rig->answer_len);
}

#define CLIENT_SEND(c, text) client_send((c), AIP_LIT(text))

TEST(requests_are_answered_over_tls)
{
	static const unsigned char offered[] = "\x02h2\x08http/1.1";
	const unsigned char *chosen;
	unsigned int chosen_len;
	struct client c;

	client_start(&c, NULL);
	SSL_CTX_set_alpn_protos(c.context, offered, sizeof(offered) - 1);
	client_connect(&c);
	CHECK(client_shake(&c));
	SSL_get0_alpn_selected(c.ssl, &chosen, &chosen_len);
	CHECK_STR_EQ(aip_strn((const char *)chosen, chosen_len), "http/1.1");
	CLIENT_SEND(&c, "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
	CHECK(has(client_receive(&c), "\r\n\r\nhello"));
	CLIENT_SEND(&c, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK(has(client_receive(&c), "9\r\ndata: 2\n\n\r\n"));
	CHECK(c.rig->held->is_tls);
	exchange_end(c.rig->held);
	CHECK_STR_EQ(client_receive(&c), "0\r\n\r\n");
	client_end(&c);
}

TEST(pipelined_requests_in_one_record_are_all_answered)
{
	struct client c;
	char text[12000];
	size_t len = 0;

	client_start(&c, NULL);
	client_connect(&c);
	CHECK(client_shake(&c));
	for (int i = 0; i < 400; i++) {
		memcpy(text + len, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", 28);
		len += 28;
	}
	client_send(&c, aip_strn(text, len));
	for (int i = 0; i < 200 && c.rig->requests < 400; i++)
		(void)client_receive(&c);
	CHECK_INT_EQ(c.rig->requests, 400);
	client_end(&c);
}

TEST(large_bodies_and_answers_pass_and_wait)
{
	const size_t len = 3000000;
	char *body = malloc(len);
	struct client c;
	size_t got = 0;

	memset(body, 'b', len);
	client_start(&c, NULL);
	c.rig->answer_bytes = len;
	client_connect(&c);
	CHECK(client_shake(&c));
	CLIENT_SEND(&c, "POST /big HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n");
	client_send(&c, aip_strn(body, len));
	rig_turn(c.rig, 50);
	CHECK_INT_EQ(c.rig->requests, 1);
	CHECK(front_counts(c.rig->front).held_bytes > 1000000);
	for (struct aip_str part = client_receive(&c); part.len > 0; part = client_receive(&c)) {
		got += part.len;
		CHECK(part.at[part.len - 1] == 'x');
	}
	CHECK(got > len && got < len + 500);
	CHECK_INT_EQ(front_counts(c.rig->front).held_bytes, 0);
	free(body);
	client_end(&c);
}

TEST(a_client_that_leaves_is_noticed_over_tls)
{
	struct client c;

	client_start(&c, NULL);
	client_connect(&c);
	CHECK(client_shake(&c));
	CLIENT_SEND(&c, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
	SSL_shutdown(c.ssl);
	rig_turn(c.rig, 3);
	CHECK_INT_EQ(c.rig->gone, 1);
	client_connect(&c);
	CHECK(client_shake(&c));
	CLIENT_SEND(&c, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
	close(c.rig->fd); /* without a word */
	c.rig->fd = -1;
	rig_turn(c.rig, 3);
	CHECK_INT_EQ(c.rig->gone, 2);
	client_end(&c);
}

TEST(an_aborted_stream_is_a_truncation)
{
	struct client c;
	char byte;

	client_start(&c, NULL);
	client_connect(&c);
	CHECK(client_shake(&c));
	CLIENT_SEND(&c, "GET /broken HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK(!has(client_receive(&c), "0\r\n\r\n"));
	CHECK(SSL_read(c.ssl, &byte, 1) <= 0);
	client_end(&c);
}

TEST(old_versions_and_other_protocols_do_not_get_in)
{
	static const unsigned char offered[] = "\x02h2";
	struct client c;

	client_start(&c, NULL);
	SSL_CTX_set_alpn_protos(c.context, offered, sizeof(offered) - 1);
	client_connect(&c);
	CHECK(!client_shake(&c));
	SSL_CTX_set_alpn_protos(c.context, NULL, 0);
	SSL_CTX_set_security_level(c.context, 0);
	SSL_CTX_set_min_proto_version(c.context, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(c.context, TLS1_1_VERSION);
	client_connect(&c);
	CHECK(!client_shake(&c));
	rig_connect(c.rig);
	client_connect(&c);
	SEND(c.rig, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); /* plain HTTP to a TLS port */
	CHECK(!has(rig_receive(c.rig), "HTTP/1.1"));
	CHECK_INT_EQ(front_counts(c.rig->front).requests, 0);
	client_end(&c);
}

TEST(a_handshake_has_a_deadline)
{
	struct client c;

	client_start(&c, NULL);
	client_connect(&c);
	rig_pass(c.rig, 9000);
	CHECK_INT_EQ(front_counts(c.rig->front).connections, 1);
	SEND(c.rig, "\x16\x03\x01");
	rig_pass(c.rig, 1001);
	CHECK_INT_EQ(front_counts(c.rig->front).connections, 0);
	client_end(&c);
}

TEST(a_bad_certificate_is_refused_in_words)
{
	struct tls_context *tls;
	struct pair one, two;
	struct aip_error error;

	pair_make(&one);
	pair_make(&two);
	CHECK_INT_EQ(tls_context_create("/no/cert.pem", one.key, &tls, &error), AIP_CONFIG_REFUSED);
	CHECK(has(aip_str(error.message), "TLS certificate '/no/cert.pem': "));
	CHECK_INT_EQ(tls_context_create(one.cert, "/no/key.pem", &tls, &error), AIP_CONFIG_REFUSED);
	CHECK(has(aip_str(error.message), "TLS key '/no/key.pem': "));
	CHECK_INT_EQ(tls_context_create(one.cert, two.key, &tls, &error), AIP_CONFIG_REFUSED);
	CHECK(has(aip_str(error.message), two.key));
	CHECK_INT_EQ(tls_context_create(one.key, one.key, &tls, &error), AIP_CONFIG_REFUSED);
	pair_remove(&one);
	pair_remove(&two);
}

RUN_ALL(CASE(requests_are_answered_over_tls),
        CASE(pipelined_requests_in_one_record_are_all_answered),
        CASE(large_bodies_and_answers_pass_and_wait),
        CASE(a_client_that_leaves_is_noticed_over_tls), CASE(an_aborted_stream_is_a_truncation),
        CASE(old_versions_and_other_protocols_do_not_get_in), CASE(a_handshake_has_a_deadline),
        CASE(a_bad_certificate_is_refused_in_words))
