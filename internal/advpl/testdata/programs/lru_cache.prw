#include "totvs.ch"
#include "check.ch"

// A cache that forgets what was used longest ago, on a hash map and a counter.
Class LruCache
	Data oSlots
	Data nLimit
	Data nClock
	Data nMisses
	Method New(nLimit) Constructor
	Method Get(cKey, bLoad)
	Method Oldest()
	Method Keys()
EndClass

Method New(nLimit) Class LruCache
	::oSlots  := JsonObject():New()
	::nLimit  := nLimit
	::nClock  := 0
	::nMisses := 0
Return Self

Method Get(cKey, bLoad) Class LruCache
	Local aSlot := ::oSlots[cKey]
	If aSlot == Nil
		::nMisses++
		If Len(::oSlots:GetNames()) >= ::nLimit
			::oSlots:DelName(::Oldest())
		EndIf
		aSlot := {Eval(bLoad, cKey), 0}
		::oSlots[cKey] := aSlot
	EndIf
	aSlot[2] := ++::nClock
Return aSlot[1]

Method Oldest() Class LruCache
	Local aNames := ::oSlots:GetNames()
	Local cOldest := aNames[1]
	Local n
	For n := 2 To Len(aNames)
		If ::oSlots[aNames[n]][2] < ::oSlots[cOldest][2]
			cOldest := aNames[n]
		EndIf
	Next n
Return cOldest

Method Keys() Class LruCache
	Local cKeys := ""
	aEval(aSort(::oSlots:GetNames()), {|c| cKeys += c})
Return cKeys

User Function LruCache()
	Local oCache := LruCache():New(3)
	Local bLoad := {|c| Upper(c) + "!"}
	Local n

	CHECK oCache:Get("a", bLoad) IS "A!"
	CHECK oCache:Get("a", {|| "never"}) IS "A!"
	oCache:Get("b", bLoad)
	oCache:Get("c", bLoad)
	CHECK oCache:nMisses IS 3
	oCache:Get("a", bLoad)
	oCache:Get("d", bLoad)
	CHECK oCache:Keys() IS "acd"
	For n := 1 To 100
		oCache:Get(Chr(97 + n % 3), bLoad)
	Next n
	CHECK oCache:Keys() IS "abc"
	CHECK oCache:nMisses IS 7
Return .T.
