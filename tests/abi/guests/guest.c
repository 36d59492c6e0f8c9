/* Guests that misbehave, one behaviour a build: GUEST is the name of one of the words below, and
 * the provider's id is "guest-" and that word. What it says is SAYS. */
#include <stdlib.h>
#include <unistd.h>

#include <aiproxy/provider.h>

/* Behaviours, by when they show. */
#define WELL        0
#define MAGIC       1
#define MAJOR       2
#define MINOR       3
#define IR          4
#define SLOT        5
#define CONSTRUCTOR 6
#define OPEN        7
#define CATALOGUE   8
#define SILENT      9
#define AFTER_END   10
#define ORDER       11
#define TWICE       12
#define LATE        13
#define FAULT       14
#define SHORT       15
#define EXITS       16
#define HANGS       17
#define NODROP      18
#define NOTHING     19
#define SLOW        20
#define SETTINGS    21

#define QUOTE_(x) #x
#define QUOTE(x)  QUOTE_(x)

#if GUEST == CONSTRUCTOR
__attribute__((constructor)) static void crash(void)
{
	abort();
}
#elif GUEST == EXITS
__attribute__((constructor)) static void leave(void)
{
	_Exit(0);
}
#elif GUEST == HANGS
__attribute__((constructor)) static void hang(void)
{
	for (;;)
		pause();
}
#endif

#if GUEST == SETTINGS
static const struct aip_setting settings_table[] = {
	{.name = "pace", .type = AIP_SETTING_INT, .otherwise = "3", .min = "1", .max = "9"},
	{.name = "loud", .type = AIP_SETTING_BOOL, .otherwise = "false"},
};
#endif

static enum aip_status emit(struct aip_call *call, enum aip_event_kind kind)
{
	const struct aip_part part = {.kind = AIP_TEXT};

	return call->host->emit(call, &(struct aip_event){.kind = kind,
	                                                  .id = AIP_LIT("guest"),
	                                                  .part = &part,
	                                                  .text = AIP_LIT(SAYS),
	                                                  .stop = AIP_STOP_END_TURN});
}

/* An answer's events, from one to before another. */
static enum aip_status say(struct aip_call *call, size_t from, size_t to)
{
	static const enum aip_event_kind kinds[] = {AIP_EV_START,  AIP_EV_BLOCK_START,
	                                            AIP_EV_DELTA,  AIP_EV_BLOCK_STOP,
	                                            AIP_EV_FINISH, AIP_EV_END};

	for (size_t i = from; i < to; i++) {
		enum aip_status s = emit(call, kinds[i]);
		if (s)
			return s;
	}
	return AIP_OK;
}

static enum aip_status open(const struct aip_host *host, const struct aip_settings *settings,
                            void **ret_self, struct aip_error *reterr)
{
#if GUEST == OPEN
	return aip_fail(reterr, AIP_GUEST_REFUSED, "the guest does not feel like it");
#elif GUEST == SETTINGS
	if (aip_str_is(settings->fields[0].value, "9"))
		return aip_fail(reterr, AIP_CONFIG_REFUSED, "nobody is that fast");
	*ret_self = NULL;
	return AIP_OK;
#else
	*ret_self = NULL;
	return AIP_OK;
#endif
}

/* SLOW says a word each 50 ms, forty times. */
static enum aip_status on_wake(void *self, struct aip_call *call, struct aip_error *reterr)
{
#if GUEST == SLOW
	int *said = call->state;
	if (++*said <= 40) {
		call->host->wake_after(call, 50);
		return say(call, 2, 3);
	}
	return say(call, 3, 6);
#else
	return say(call, 0, 6);
#endif
}

static enum aip_status begin(void *self, struct aip_call *call, struct aip_error *reterr)
{
#if GUEST == SILENT
	return AIP_OK;
#elif GUEST == AFTER_END
	enum aip_status s = say(call, 0, 6);
	emit(call, AIP_EV_DELTA);
	emit(call, AIP_EV_END);
	return s;
#elif GUEST == ORDER
	emit(call, AIP_EV_START);
	emit(call, AIP_EV_DELTA);
	return emit(call, AIP_EV_END);
#elif GUEST == TWICE
	struct aip_fetch fetch = {
		.size = sizeof(fetch), .method = "GET", .url = AIP_LIT("http://127.0.0.1:9/")};
	enum aip_status s = call->host->fetch(call, &fetch, reterr);
	return s ? s : call->host->fetch(call, &fetch, reterr);
#elif GUEST == SLOW
	call->host->wake_after(call, 0);
	return say(call, 0, 2);
#elif GUEST == LATE
	call->host->wake_after(call, 20);
	return AIP_OK;
#elif GUEST == FAULT
	return aip_fail(reterr, AIP_UPSTREAM_ERROR, "the guest is out of order");
#else
	return say(call, 0, 6);
#endif
}

static void drop(void *self, struct aip_call *call)
{
}

static const struct aip_provider provider = {
	.abi =
		{
			GUEST == MAGIC ? 0x6e6f7065u : AIP_ABI_MAGIC,
			GUEST == MAJOR ? AIP_ABI_MAJOR + 1 : AIP_ABI_MAJOR,
			GUEST == MINOR ? AIP_ABI_MINOR + 1 : AIP_ABI_MINOR,
			GUEST == IR ? AIP_IR_VERSION + 1 : AIP_IR_VERSION,
			GUEST == SHORT ? sizeof(struct aip_abi) : sizeof(struct aip_provider),
		},
	.id = "guest-" QUOTE(NAME),
	.release = "0",
	.about = "Misbehaves.",
	.flags = AIP_KEYLESS,
	.models_json = GUEST == CATALOGUE ? "{\"models\": [{\"id\": \"x\", \"contxt\": 1}]}"
                                          : "{\"models\": [{\"id\": \"guest-" QUOTE(NAME) "\"}]}",
	.purposes = 1u << AIP_GENERATE,
	.call_bytes = sizeof(int),
#if GUEST == SETTINGS
	.settings = settings_table,
	.n_settings = 2,
#endif
	.open = open,
	.begin = GUEST == SLOT ? NULL : begin,
	.on_wake = on_wake,
	.drop = GUEST == NODROP ? NULL : drop,
};

const struct aip_provider *aip_provider_entry(void)
{
	return GUEST == NOTHING ? NULL : &provider;
}
