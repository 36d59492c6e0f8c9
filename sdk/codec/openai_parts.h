/* Parts of content as clients of OpenAI's two APIs write them: the same kinds, whose members stand in the part
 * itself or inside a member of its type's name. */
#ifndef SDK_CODEC_OPENAI_PARTS_H
#define SDK_CODEC_OPENAI_PARTS_H

#include <aiproxy/rules.h>

/* A type of part, and who reads what is in it. Failures are BAD_REQUEST with the JSON path. */
struct openai_part_row {
	const char *type;
	enum aip_part_kind kind;
	enum aip_status (*read)(struct aip_arena *arena, const struct aip_json *v,
	                        struct aip_part *part, struct aip_error *reterr);
};

/* "text", "refusal". */
enum aip_status openai_read_words(struct aip_arena *arena, const struct aip_json *v,
                                  struct aip_part *part, struct aip_error *reterr);
/* "image_url": an address or a data URL, alone or as {"url":…}; "video_url" likewise. "file_id". */
enum aip_status openai_read_image(struct aip_arena *arena, const struct aip_json *v,
                                  struct aip_part *part, struct aip_error *reterr);
enum aip_status openai_read_video(struct aip_arena *arena, const struct aip_json *v,
                                  struct aip_part *part, struct aip_error *reterr);
/* "input_audio", or flat: data and format. */
enum aip_status openai_read_sound(struct aip_arena *arena, const struct aip_json *v,
                                  struct aip_part *part, struct aip_error *reterr);
/* "file", or flat: file_data, file_url or file_id, and the filename. */
enum aip_status openai_read_file(struct aip_arena *arena, const struct aip_json *v,
                                 struct aip_part *part, struct aip_error *reterr);

/* A part of a type, in the words of `dialect`. One that no row knows is kept as it is. */
enum aip_status openai_read_part(struct aip_arena *arena, const struct openai_part_row *rows,
                                 size_t n, struct aip_str type, enum aip_dialect dialect,
                                 const struct aip_json *v, struct aip_part **ret,
                                 struct aip_error *reterr);

#endif
