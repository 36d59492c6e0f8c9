/* The probe: a strange library is first opened in a child process, whose crash harms nobody. */
#ifndef PROVIDER_PROBE_H
#define PROVIDER_PROBE_H

#include <aiproxy/provider.h>

/* The hidden word of our command line that makes the program a probe: `aiproxyapi --probe-plugin
 * x.so`. */
#define PROBE_OPTION "--probe-plugin"

/* Runs `program` as a probe of the library and waits at most limit_ms for its verdict.
 *
 * AIP_GUEST_REFUSED: it could not be opened or admitted, it crashed, or it hung; reterr says which,
 * with the dynamic linker's own words where it has some. Control thread: it waits. */
#define PROBE_MS 10000 /* where nobody says otherwise */
aip_nodiscard enum aip_status probe_run(const char *program, const char *library, int limit_ms,
                                        struct aip_error *reterr);

/* The child's side: opens, admits, prints the reason of a refusal on stdout. Returns the exit code.
 */
int probe_main(const char *library);

#endif
