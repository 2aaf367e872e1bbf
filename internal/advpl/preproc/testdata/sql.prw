#define cAlias cOther
#xtranslate SELECT => NO
User Function Q()
  BeginSql Alias cAlias
    SELECT * FROM %table:SA1% SA1 // as it is

    WHERE A1_NOME = 'it''s' /* ; AND cAlias
#define X
  * EndSql
	ENDSQL
  x := BeginSql
#ifdef NO
  beginsql alias x
  #endif
  endsql
#endif
Return
