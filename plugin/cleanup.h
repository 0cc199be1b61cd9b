/* cleanup.h - resources that die with their scope
 *
 * As attributes of the variable, so that every return frees them: only for what one function
 * owns from its beginning to its end.
 */
#ifndef BB_CLEANUP_H
#define BB_CLEANUP_H

#include <json-c/json.h>
#include <stdlib.h>

static inline void bb_free_pointer(void *pointer)
{
    free(*(void **)pointer);
}

static inline void bb_put_json(struct json_object **object)
{
    json_object_put(*object);
}

#define BB_AUTOFREE __attribute__((__cleanup__(bb_free_pointer)))
#define BB_AUTOJSON __attribute__((__cleanup__(bb_put_json)))

#endif
