/* The same over libcurl. */
#define CURL_ONLY true
#include "exchange_test.c"
