#define CRLF Chr(13) + Chr(10)
#Define EMPTY
# define  BLANKS  1
#define MAX(a, b) If((a) > (b), (a), (b))
#define NONE() 0
#define ARRAY { 1, ;
                2 }
#define TEXT "CRLF"
#define NESTED (BLANKS + BLANKS)
#define CALL Foo
x := CRLF + crlf + "CRLF" + TEXT
x := EMPTY NESTED
x := MAX(1, MAX(f(2, 3), {4, 5}[1]))
x := MAX(1)
x := MAX
x := MAX (1, 2)
x := NONE() + NONE
x := ARRAY
CALL(1)
o:BLANKS := M->BLANKS
#undef BLANKS
x := NESTED
#define BLANKS 2
x := NESTED
x := 1 - __LINE__ + \
     __LINE__
x := __FILE__ + __DATE__ + __TIME__
x := __APPSERVER__
#define NEG -1
x := 1-NEG
