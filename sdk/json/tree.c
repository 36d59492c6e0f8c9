/* Looks things up in a tree. */
#include <aiproxy/json.h>

/* The first byte tells most names apart, before anything is measured. */
static bool is_named(struct aip_str name, const char *key)
{
	if (name.len == 0)
		return !*key;
	return name.at[0] == *key && aip_str_is(name, key);
}

const struct aip_json *aip_json_get(const struct aip_json *object, const char *key)
{
	const struct aip_json *found = NULL;

	if (!aip_json_is(object, AIP_JSON_OBJECT))
		return NULL;
	AIP_JSON_EACH (member, object) {
		if (is_named(member->key, key))
			found = member;
	}
	return found;
}

const struct aip_json *aip_json_some(const struct aip_json *object, const char *key)
{
	const struct aip_json *member = aip_json_get(object, key);

	return aip_json_is(member, AIP_JSON_NULL) ? NULL : member;
}

struct aip_str aip_json_text(const struct aip_json *object, const char *key)
{
	const struct aip_json *member = aip_json_get(object, key);

	return aip_json_is(member, AIP_JSON_STRING) ? member->text : AIP_NONE;
}

/* The power of ten that a lexeme's exponent at `e` says, kept within what could matter. */
static int64_t exponent(struct aip_str lexeme, size_t e)
{
	int64_t power;

	if (e == lexeme.len)
		return 0;
	if (aip_str_int(aip_strn(lexeme.at + e + 1, lexeme.len - e - 1), &power) &&
	    power > INT32_MIN && power < INT32_MAX)
		return power;
	return lexeme.at[e + 1] == '-' ? INT32_MIN : INT32_MAX;
}

/* Value of a number's lexeme when it is an integer, however spelled, and fits. */
static bool exact_int(struct aip_str lexeme, int64_t *ret)
{
	bool minus = lexeme.at[0] == '-';
	size_t e = 0, last = SIZE_MAX;

	if (aip_str_int(lexeme, ret))
		return true;
	while (e < lexeme.len && (lexeme.at[e] | 0x20) != 'e')
		e++;
	const char *dot = memchr(lexeme.at, '.', e);
	size_t point = dot ? (size_t)(dot - lexeme.at) : e;
	for (size_t i = 0; i < e; i++) {
		if (lexeme.at[i] >= '1' && lexeme.at[i] <= '9')
			last = i;
	}
	if (last == SIZE_MAX) {
		*ret = 0;
		return true;
	}

	/* places between the last digit that counts and the point */
	int64_t power = exponent(lexeme, e);
	power += last < point ? (int64_t)(point - last) - 1 : -(int64_t)(last - point);
	if (power < 0)
		return false;

	int64_t sum = 0; /* negative, since that side is the longer one */
	for (size_t i = minus; i <= last; i++) {
		if (i != point && (__builtin_mul_overflow(sum, 10, &sum) ||
		                   __builtin_sub_overflow(sum, lexeme.at[i] - '0', &sum)))
			return false;
	}
	for (; power > 0; power--) {
		if (__builtin_mul_overflow(sum, 10, &sum))
			return false;
	}
	if (!minus && sum == INT64_MIN)
		return false;
	*ret = minus ? sum : -sum;
	return true;
}

int64_t aip_json_int(const struct aip_json *object, const char *key, int64_t otherwise)
{
	const struct aip_json *member = aip_json_get(object, key);
	int64_t number;

	if (aip_json_is(member, AIP_JSON_NUMBER) && exact_int(member->text, &number))
		return number;
	return otherwise;
}
