/* Giving back memory that only starting needed: constructors of some thirty libraries that libcurl brings run
 * once and are never seen again. */
#include "base/trim.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Code alone: it is never written to, so every page of it still stands in the file. */
static int drop_code(struct dl_phdr_info *library, size_t bytes, void *arg)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	for (int i = 0; i < library->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &library->dlpi_phdr[i];
		if (part->p_type != PT_LOAD || !(part->p_flags & PF_X) || (part->p_flags & PF_W))
			continue;
		uintptr_t from = (library->dlpi_addr + part->p_vaddr) & ~(page - 1);
		uintptr_t to = library->dlpi_addr + part->p_vaddr + part->p_memsz;
		madvise((void *)from, to - from, MADV_DONTNEED);
	}
	return 0;
}

void trim_after_start(void)
{
	dl_iterate_phdr(drop_code, NULL);
	malloc_trim(0);
}
