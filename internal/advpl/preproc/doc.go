// Package preproc reads a source into tokens and applies the preprocessor's
// directives: #include, #define, #ifdef, #command, #translate and their like.
// Run does both, Lex reads tokens only, and Write prints tokens as a source.
//
// The dialect is that of Clipper, as its manual describes it and as the notes on
// its preprocessor in Harbour's documentation complete it.
//
// # Lines
//
// A source is cp1252 text. A ; at the end of a line, after which a comment may
// stand, joins the next line to it; elsewhere it ends a statement. Comments are
// // and && to the end of the line, /* */ over any number of lines, and lines
// whose first character is *. Strings stand in ' or " and know no escapes. The
// lines after one that begins with BeginSql and a name are raw text, each an SQL
// token, up to one that begins with EndSql.
//
// # Directives
//
// A # at the beginning of a line begins a directive. Its name may be in any case
// and shortened to four letters.
//
//	#include "file"  #include <file>
//	#define NAME [text]  #define NAME(a, b) text  #undef NAME
//	#ifdef NAME  #ifndef NAME  #if condition  #elif condition  #else  #endif
//	#command pattern => result    and #translate, #xcommand, #xtranslate
//	#uncommand pattern            and #untranslate, #xuncommand, #xuntranslate
//	#error text      an error
//	#stdout text     a warning of the rule "note"; also #warning
//	#pragma, #line   ignored
//
// Names of defines differ by case; all other words do not. A condition is made of
// defined(NAME), NAME, numbers, comparisons, ! .and. .or. and parentheses.
// Defined from the beginning are __DATE__ (a string yyyymmdd), __TIME__, __FILE__,
// __LINE__, __APPSERVER__ (1) and the names of Options.Defines; those of
// Options.Known are for conditions only. Options.Prelude is included first.
//
// # Match patterns
//
// A command matches a whole statement, a translation any part of a line. The
// words of #command and #translate may be shortened to four letters in the text;
// those of the x forms may not. In a pattern stand words, which are any tokens,
// and
//
//	<x>          an expression: up to a comma, a closing bracket, the next word of
//	             the pattern, or an operand that follows an operand
//	<x,...>      expressions with commas between them; some may be empty
//	<x: A, B C>  one of these words or sequences, the longest that fits; & stands
//	             for a macro: &name or &(…)
//	<*x*>        all that is left of the line
//	<(x)>        text up to white space or a comma; an expression if it begins
//	             with (
//	<!x!>        a name
//	[ … ]        what may be left out; such clauses may be nested, and neighbours
//	             may come in any order and repeatedly
//	\            takes the meaning from the next token
//
// A marker may match repeatedly if it stands only in [ ] of the result. One that
// does not may match once; a rule that matches otherwise is taken all the same if
// no other does, and the first match counts. Of neighbouring clauses those of
// markers for any text alone are tried last. What was matched is not given back
// for the sake of what follows.
//
// # Result patterns
//
//	<x>      the text as it is
//	#<x>     the text as one string; an empty one if there is none
//	<"x">    each expression as a string; &name as the name, &(e) as (e)
//	<(x)>    the same, but strings and what begins with ( stay as they are
//	<{x}>    each expression as a code block; code blocks stay as they are
//	<.x.>    .T. if the marker matched, else .F.
//	<-x->    nothing
//	[ … ]    once for each match of a marker in it, with the values of that match;
//	         markers that stand elsewhere too count only if no other is in it
//	\" … \"  the text between as one string
//	\        takes the meaning from the next token
//	;        ends a statement
//
// A name and a name or number that adjoin in the result become one name, as in
// GET_<x> and <x>_<y>. A statement of a result that begins with # and the name of
// a directive is a directive.
//
// # Order
//
// In each line defines are replaced first, then translations are applied, then, at
// the beginning of a statement, commands; whatever was put there is treated in the
// same way. Of the rules that match, the one defined last applies. A line that
// would never come to an end is left as it is, with an error that names the rule,
// which is then out of force. The work on a whole source is limited, too.
package preproc
