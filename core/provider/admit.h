/* Admission: a provider's table is checked once, where it enters, and copied into our own. */
#ifndef PROVIDER_ADMIT_H
#define PROVIDER_ADMIT_H

#include <aiproxy/provider.h>

/* Checks magic, versions, size, names and slots, and copies the guest's table into *ret: zeroed
 * where the guest is older, with do-nothing slots where an optional one is missing, so that nobody
 * asks for NULL afterwards. The strings stay the guest's.
 *
 * AIP_GUEST_REFUSED: reterr says why in words. Any thread. */
aip_nodiscard enum aip_status provider_admit(const struct aip_provider *theirs,
                                             struct aip_provider *ret, struct aip_error *reterr);

/* A provider's id: 1..64 of [a-z0-9-], starting with a letter. */
bool provider_id_is_legal(struct aip_str id);

#endif
