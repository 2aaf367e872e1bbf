User Function Sequences()
	Begin Sequence
		Break
		Break x + 1
		Break(x)
	End Sequence
	BEGIN SEQUENCE
		a()
	RECOVER USING oError
		b(oError)
	END
	BeginSequence
	Recover
		c()
	EndSequence
	Begin Sequence With {|e| Break(e)}
	Recover Using ::oErr
	Always
		d()
	End Sequence
	Begin Transaction
		e()
	End Transaction
	Begin Transaction
	EndTran
	BEGIN SEQU
	END SEQU
	ErrorBlock({|e| Break(e)})
	Do Helper
	Do Helper With a, b + 1, @c, , o:x
	Do &cProc With 1
	? "a", b
	?? c
	?
	M->x := 1 ; N->y := 2 ;; z()
	x = y = 2
	a[1] = x
	o:p = x
	A->B = x
	&x = 1
	&("M->" + x) := 1
	M->&(cField) := x
	(cAlias)->&cField := x
	(cAlias)->(DbSkip(), x++)
	SA1->(RecLock("SA1", .F.))
	"SA1"->A1_COD := 1
	x += y *= 2
	(a := 1, b := 2)
	{|| a }
	.T.
Return
