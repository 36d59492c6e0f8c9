/* Lists of words, as tables of known members have them. */
#include "codecs.h"

bool codec_lists(const char *list, struct aip_str word)
{
	for (const char *at = list; *at;) {
		size_t len = strcspn(at, " ");
		if (aip_str_eq(aip_strn(at, len), word))
			return true;
		at += len + (at[len] == ' ');
	}
	return false;
}
