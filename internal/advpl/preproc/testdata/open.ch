#ifdef NEVER
#define NOT 1
