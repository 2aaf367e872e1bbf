// A ; joins the next line, but neither a directive nor BeginSql.
#xcommand BEGIN WORK <x> => Start( <x> ) ;;
	Begin Sequence ;;

#xcommand END WORK => End Sequence ;
#define LIMIT 10
User Function Endings()
	BEGIN WORK LIMIT
	END WORK
	Show(LIMIT);
	BeginSql Alias cA
		SELECT * FROM %table:SA1% ; LIMIT
	EndSql
	n := LIMIT ;
#ifdef NOTHING
	n := 0
#endif
Return
