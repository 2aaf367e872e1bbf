// TRY EXCEPTION … CATCH EXCEPTION … END EXCEPTION over Begin Sequence.
#ifndef __TRYEXCEPTION_CH
#define __TRYEXCEPTION_CH

#xcommand TRY EXCEPTION => Begin Sequence With {|__oErr| Break( __oErr ) }
#xcommand TRY EXCEPTION USING <b> => Begin Sequence With <b>
#xcommand TRYEXCEPTION => Begin Sequence With {|__oErr| Break( __oErr ) }
#xcommand TRYEXCEPTION USING <b> => Begin Sequence With <b>
#xcommand CATCH EXCEPTION => Recover
#xcommand CATCH EXCEPTION USING <o> => Recover Using <o>
#xcommand CATCHEXCEPTION => Recover
#xcommand CATCHEXCEPTION USING <o> => Recover Using <o>
#xcommand END EXCEPTION [<*x*>] => End Sequence
#xcommand ENDEXCEPTION [<*x*>] => End Sequence

#endif
