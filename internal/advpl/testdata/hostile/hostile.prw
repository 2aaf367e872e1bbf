// Programs against the limits of a thread: each would use all memory, or never end.

User Function PrivateLoop()
	While .T.
		Private xSame := 1
	EndDo
Return

User Function PrivateNames()
	Local nName := 0
	While .T.
		nName++
		&("M_" + Replicate("N", 100) + cValToChar(nName)) := nName
	EndDo
Return

User Function PublicNames()
	Local nName := 0
	While .T.
		nName++
		Public &("M_" + Replicate("N", 100) + cValToChar(nName))
	EndDo
Return

Static Function Deep(nLevel, bLast)
	If nLevel > 0
		Return Deep(nLevel - 1, bLast)
	EndIf
Return Eval(bLast)

// Errors hold the stack of where they were raised.
User Function KeepErrors()
Return Deep(300, {|| Collect({|| Undefined_(), 0})})

User Function KeepTexts()
Return Collect({|| UserException(Replicate("x", 100000))})

User Function KeepArguments()
Return Collect({|| Failing(Replicate("x", 100000))})

Static Function Failing(cText)
Return 1 + cText

Static Function Collect(bFail)
	Local aAll := {}
	Local oErr
	ErrorBlock({|e| Break(e)})
	Begin Sequence
		While Len(aAll) < 20000
			oErr := Caught(bFail)
			If oErr:GenCode == 11
				Break(oErr)
			EndIf
			AAdd(aAll, oErr)
		EndDo
	Recover Using oErr
	End Sequence
Return oErr:GenCode == 11

Static Function Caught(bFail)
	Local oErr
	Begin Sequence
		Eval(bFail)
	Recover Using oErr
	End Sequence
Return oErr

User Function KeepErrorObjects()
	Local aAll := {}
	While .T.
		AAdd(aAll, ErrorClass():New())
	EndDo
Return

User Function DeepCalls()
Return U_DeepCalls()

User Function DeepBlocks()
	Local bSelf
	bSelf := {|| Eval(bSelf)}
Return Eval(bSelf)

User Function DeepNatives()
	Local bSelf
	bSelf := {|| AEval({1}, {|| Eval(bSelf)})}
Return Eval(bSelf)

User Function DeepMacros()
	Private cSelf := "&cSelf"
Return &cSelf

User Function DeepObjects()
Return Nested():New()

User Function DeepInit()
Return Initial()

Class Nested
	Data oInner
	Method New() Constructor
EndClass

Method New() Class Nested
	::oInner := Nested():New()
Return Self

Class Initial
	Data oInner Init Initial()
EndClass

User Function SortInSort()
	Local aList := {3, 2, 1}
	Local bLess
	bLess := {|| ASort(aList, , , bLess), .T.}
Return ASort(aList, , , bLess)

User Function ErrorInErrorBlock()
	ErrorBlock({|e| nSecond + e:GenCode})
Return nFirst + 1

User Function CyclicJSON()
	Local oSelf := JsonObject():New()
	Local aList := Array(100)
	AFill(aList, oSelf)
	oSelf["list"] := aList
Return oSelf:ToJson()

User Function CyclicList()
	Local aList := Array(1000)
	AFill(aList, aList)
Return VarInfo("aList", aList, 0, .F., .F.)

User Function ManySeparators()
Return Len(StrTokArr(Replicate("a", 1000000), Replicate("b", 1000000))) == 1

User Function SortThatShrinks()
	Local aList := {5, 4, 3, 2, 1, 9, 8, 7, 6, 0}
	ASort(aList, , , {|x, y| ASize(aList, 3), x < y})
Return Len(aList) == 3

User Function ScanThatShrinks()
	Local aList := {5, 4, 3, 2, 1}
Return AScan(aList, {|x| ASize(aList, 1), x == 4}) == 0 .And. Len(aList) == 1

User Function EvalThatAppends()
	Local aList := {1, 2}
	AEval(aList, {|x| AAdd(aList, x)})
Return Len(aList) == 4

User Function EachThatShrinks()
	Local aList := {1, 2, 3}
	Local nTurns := 0
	Local xItem
	For Each xItem In aList
		nTurns += xItem
		ASize(aList, 1)
	Next
Return nTurns == 1

User Function CyclicClone()
	Local aList := {1}
	Local aCopy
	AAdd(aList, aList)
	aCopy := AClone(aList)
Return aCopy[2] == aCopy .And. !(aCopy == aList)

// What an error leaves is as it was before.
User Function Unwinding()
	Local nTurn, bBefore, lGood := .T.
	Private cPriv := "outer"
	bBefore := ErrorBlock({|e| Break(e)})
	For nTurn := 1 To 100
		Begin Sequence
			AEval({3, 2, 1}, {|x| ASort({x, 1, 2}, , , {|| Hidden(nTurn)})})
			lGood := .F.
		End Sequence
		lGood := lGood .And. cPriv == "outer" .And. Type("nMade") == "U"
	Next
	ErrorBlock(bBefore)
Return lGood

Static Function Hidden(nLevel)
	Private cPriv := nLevel
	nMade := 1
	If nLevel > 0
		Return &("StaticCall(hostile, Hidden, cPriv - 1)")
	EndIf
Return 1 + cPriv[5]

User Function LostElement()
	Local aList := {1, 2, 3}
Return Shrink(@aList[3], aList)

Static Function Shrink(xElement, aList)
	ASize(aList, 1)
	xElement := 5
Return xElement

// Small parts of large strings.
Static Function Parts(bPart)
	Local aAll := {}
	Local nTurn
	For nTurn := 1 To 100
		AAdd(aAll, Eval(bPart, cValToChar(nTurn)))
	Next
Return aAll

Static Function Large(cEnd)
Return cEnd + Replicate("x", 100000) + cEnd

User Function PartSubStr()
Return Parts({|c| SubStr(Large(c), 500, 5)})

User Function PartLeft()
Return Parts({|c| Left(Large(c), 5)})

User Function PartRight()
Return Parts({|c| Right(Large(c), 5)})

User Function PartAllTrim()
Return Parts({|c| AllTrim(Space(100000) + c + "abc")})

User Function PartLTrim()
Return Parts({|c| LTrim(Space(100000) + c + "abc")})

User Function PartRTrim()
Return Parts({|c| RTrim(c + "abc" + Space(100000))})

User Function PartPadR()
Return Parts({|c| PadR(Large(c), 5)})

User Function PartTokens()
Return Parts({|c| StrTokArr("abc;" + Large(c), ";,")[1]})

User Function PartSepara()
Return Parts({|c| Separa("abc;" + Large(c), ";")[1]})

User Function PartJSON()
Return Parts({|c| Parsed(c)["short"]})

User Function PartNames()
Return Parts({|c| Parsed(c):GetNames()[1]})

Static Function Parsed(c)
	Local oObject := JsonObject():New()
	oObject:FromJson('{"short":"abc","long":"' + Large(c) + '"}')
Return oObject

User Function PartMacros()
Return Parts({|c| Len(&("'" + Replicate("x", 200000) + c + "'"))})

// What a thread that is cancelled must not go on with.
User Function PrintThenCompare()
	Local cOne := Replicate("x", 1000), cTwo := Replicate("x", 1000), lSame
	? "begin"
	While .T.
		lSame := cOne == cTwo
	EndDo
Return lSame

User Function PrintThenFind()
	Local cOne := Replicate("x", 1000), lIn
	? "begin"
	While .T.
		lIn := "y" $ cOne
	EndDo
Return lIn

User Function PrintLong()
	Local cText := Replicate("x", 1000000)
	? cText, cText
Return

User Function ConOutLong()
	Local cText := Replicate("x", 1000000)
	ConOut(cText, cText)
Return

User Function LongError()
	UserException(Replicate("x", 1000000))
Return

// A call takes as much memory as its variables.
User Function WideCalls(nLevel)
	Local x0, x1, x2, x3, x4, x5, x6, x7, x8, x9
	Local x10, x11, x12, x13, x14, x15, x16, x17, x18, x19
	Local x20, x21, x22, x23, x24, x25, x26, x27, x28, x29
	Local x30, x31, x32, x33, x34, x35, x36, x37, x38, x39
	Local x40, x41, x42, x43, x44, x45, x46, x47, x48, x49
	Local x50, x51, x52, x53, x54, x55, x56, x57, x58, x59
	Local x60, x61, x62, x63, x64, x65, x66, x67, x68, x69
	Local x70, x71, x72, x73, x74, x75, x76, x77, x78, x79
	Local x80, x81, x82, x83, x84, x85, x86, x87, x88, x89
	Local x90, x91, x92, x93, x94, x95, x96, x97, x98, x99
	Local x100, x101, x102, x103, x104, x105, x106, x107, x108, x109
	Local x110, x111, x112, x113, x114, x115, x116, x117, x118, x119
	Local x120, x121, x122, x123, x124, x125, x126, x127, x128, x129
	Local x130, x131, x132, x133, x134, x135, x136, x137, x138, x139
	Local x140, x141, x142, x143, x144, x145, x146, x147, x148, x149
	Local x150, x151, x152, x153, x154, x155, x156, x157, x158, x159
	Local x160, x161, x162, x163, x164, x165, x166, x167, x168, x169
	Local x170, x171, x172, x173, x174, x175, x176, x177, x178, x179
	Local x180, x181, x182, x183, x184, x185, x186, x187, x188, x189
	Local x190, x191, x192, x193, x194, x195, x196, x197, x198, x199
	Local x200, x201, x202, x203, x204, x205, x206, x207, x208, x209
	Local x210, x211, x212, x213, x214, x215, x216, x217, x218, x219
	Local x220, x221, x222, x223, x224, x225, x226, x227, x228, x229
	Local x230, x231, x232, x233, x234, x235, x236, x237, x238, x239
	Local x240, x241, x242, x243, x244, x245, x246, x247, x248, x249
	Local x250, x251, x252, x253, x254, x255, x256, x257, x258, x259
	Local x260, x261, x262, x263, x264, x265, x266, x267, x268, x269
	Local x270, x271, x272, x273, x274, x275, x276, x277, x278, x279
	Local x280, x281, x282, x283, x284, x285, x286, x287, x288, x289
	Local x290, x291, x292, x293, x294, x295, x296, x297, x298, x299
	Local x300, x301, x302, x303, x304, x305, x306, x307, x308, x309
	Local x310, x311, x312, x313, x314, x315, x316, x317, x318, x319
	Local x320, x321, x322, x323, x324, x325, x326, x327, x328, x329
	Local x330, x331, x332, x333, x334, x335, x336, x337, x338, x339
	Local x340, x341, x342, x343, x344, x345, x346, x347, x348, x349
	Local x350, x351, x352, x353, x354, x355, x356, x357, x358, x359
	Local x360, x361, x362, x363, x364, x365, x366, x367, x368, x369
	Local x370, x371, x372, x373, x374, x375, x376, x377, x378, x379
	Local x380, x381, x382, x383, x384, x385, x386, x387, x388, x389
	Local x390, x391, x392, x393, x394, x395, x396, x397, x398, x399
	Local x400, x401, x402, x403, x404, x405, x406, x407, x408, x409
	Local x410, x411, x412, x413, x414, x415, x416, x417, x418, x419
	Local x420, x421, x422, x423, x424, x425, x426, x427, x428, x429
	Local x430, x431, x432, x433, x434, x435, x436, x437, x438, x439
	Local x440, x441, x442, x443, x444, x445, x446, x447, x448, x449
	Local x450, x451, x452, x453, x454, x455, x456, x457, x458, x459
	Local x460, x461, x462, x463, x464, x465, x466, x467, x468, x469
	Local x470, x471, x472, x473, x474, x475, x476, x477, x478, x479
	Local x480, x481, x482, x483, x484, x485, x486, x487, x488, x489
	Local x490, x491, x492, x493, x494, x495, x496, x497, x498, x499
	Local x500, x501, x502, x503, x504, x505, x506, x507, x508, x509
	Local x510, x511, x512, x513, x514, x515, x516, x517, x518, x519
	Local x520, x521, x522, x523, x524, x525, x526, x527, x528, x529
	Local x530, x531, x532, x533, x534, x535, x536, x537, x538, x539
	Local x540, x541, x542, x543, x544, x545, x546, x547, x548, x549
	Local x550, x551, x552, x553, x554, x555, x556, x557, x558, x559
	Local x560, x561, x562, x563, x564, x565, x566, x567, x568, x569
	Local x570, x571, x572, x573, x574, x575, x576, x577, x578, x579
	Local x580, x581, x582, x583, x584, x585, x586, x587, x588, x589
	Local x590, x591, x592, x593, x594, x595, x596, x597, x598, x599
	Local x600, x601, x602, x603, x604, x605, x606, x607, x608, x609
	Local x610, x611, x612, x613, x614, x615, x616, x617, x618, x619
	Local x620, x621, x622, x623, x624, x625, x626, x627, x628, x629
	Local x630, x631, x632, x633, x634, x635, x636, x637, x638, x639
	Local x640, x641, x642, x643, x644, x645, x646, x647, x648, x649
	Local x650, x651, x652, x653, x654, x655, x656, x657, x658, x659
	Local x660, x661, x662, x663, x664, x665, x666, x667, x668, x669
	Local x670, x671, x672, x673, x674, x675, x676, x677, x678, x679
	Local x680, x681, x682, x683, x684, x685, x686, x687, x688, x689
	Local x690, x691, x692, x693, x694, x695, x696, x697, x698, x699
	Local x700, x701, x702, x703, x704, x705, x706, x707, x708, x709
	Local x710, x711, x712, x713, x714, x715, x716, x717, x718, x719
	Local x720, x721, x722, x723, x724, x725, x726, x727, x728, x729
	Local x730, x731, x732, x733, x734, x735, x736, x737, x738, x739
	Local x740, x741, x742, x743, x744, x745, x746, x747, x748, x749
	Local x750, x751, x752, x753, x754, x755, x756, x757, x758, x759
	Local x760, x761, x762, x763, x764, x765, x766, x767, x768, x769
	Local x770, x771, x772, x773, x774, x775, x776, x777, x778, x779
	Local x780, x781, x782, x783, x784, x785, x786, x787, x788, x789
	Local x790, x791, x792, x793, x794, x795, x796, x797, x798, x799
	Local x800, x801, x802, x803, x804, x805, x806, x807, x808, x809
	Local x810, x811, x812, x813, x814, x815, x816, x817, x818, x819
	Local x820, x821, x822, x823, x824, x825, x826, x827, x828, x829
	Local x830, x831, x832, x833, x834, x835, x836, x837, x838, x839
	Local x840, x841, x842, x843, x844, x845, x846, x847, x848, x849
	Local x850, x851, x852, x853, x854, x855, x856, x857, x858, x859
	Local x860, x861, x862, x863, x864, x865, x866, x867, x868, x869
	Local x870, x871, x872, x873, x874, x875, x876, x877, x878, x879
	Local x880, x881, x882, x883, x884, x885, x886, x887, x888, x889
	Local x890, x891, x892, x893, x894, x895, x896, x897, x898, x899
	Local x900, x901, x902, x903, x904, x905, x906, x907, x908, x909
	Local x910, x911, x912, x913, x914, x915, x916, x917, x918, x919
	Local x920, x921, x922, x923, x924, x925, x926, x927, x928, x929
	Local x930, x931, x932, x933, x934, x935, x936, x937, x938, x939
	Local x940, x941, x942, x943, x944, x945, x946, x947, x948, x949
	Local x950, x951, x952, x953, x954, x955, x956, x957, x958, x959
	Local x960, x961, x962, x963, x964, x965, x966, x967, x968, x969
	Local x970, x971, x972, x973, x974, x975, x976, x977, x978, x979
	Local x980, x981, x982, x983, x984, x985, x986, x987, x988, x989
	Local x990, x991, x992, x993, x994, x995, x996, x997, x998, x999
	Local x1000, x1001, x1002, x1003, x1004, x1005, x1006, x1007, x1008, x1009
	Local x1010, x1011, x1012, x1013, x1014, x1015, x1016, x1017, x1018, x1019
	Local x1020, x1021, x1022, x1023, x1024, x1025, x1026, x1027, x1028, x1029
	Local x1030, x1031, x1032, x1033, x1034, x1035, x1036, x1037, x1038, x1039
	Local x1040, x1041, x1042, x1043, x1044, x1045, x1046, x1047, x1048, x1049
	Local x1050, x1051, x1052, x1053, x1054, x1055, x1056, x1057, x1058, x1059
	Local x1060, x1061, x1062, x1063, x1064, x1065, x1066, x1067, x1068, x1069
	Local x1070, x1071, x1072, x1073, x1074, x1075, x1076, x1077, x1078, x1079
	Local x1080, x1081, x1082, x1083, x1084, x1085, x1086, x1087, x1088, x1089
	Local x1090, x1091, x1092, x1093, x1094, x1095, x1096, x1097, x1098, x1099
	Local x1100, x1101, x1102, x1103, x1104, x1105, x1106, x1107, x1108, x1109
	Local x1110, x1111, x1112, x1113, x1114, x1115, x1116, x1117, x1118, x1119
	Local x1120, x1121, x1122, x1123, x1124, x1125, x1126, x1127, x1128, x1129
	Local x1130, x1131, x1132, x1133, x1134, x1135, x1136, x1137, x1138, x1139
	Local x1140, x1141, x1142, x1143, x1144, x1145, x1146, x1147, x1148, x1149
	Local x1150, x1151, x1152, x1153, x1154, x1155, x1156, x1157, x1158, x1159
	Local x1160, x1161, x1162, x1163, x1164, x1165, x1166, x1167, x1168, x1169
	Local x1170, x1171, x1172, x1173, x1174, x1175, x1176, x1177, x1178, x1179
	Local x1180, x1181, x1182, x1183, x1184, x1185, x1186, x1187, x1188, x1189
	Local x1190, x1191, x1192, x1193, x1194, x1195, x1196, x1197, x1198, x1199
	Local x1200, x1201, x1202, x1203, x1204, x1205, x1206, x1207, x1208, x1209
	Local x1210, x1211, x1212, x1213, x1214, x1215, x1216, x1217, x1218, x1219
	Local x1220, x1221, x1222, x1223, x1224, x1225, x1226, x1227, x1228, x1229
	Local x1230, x1231, x1232, x1233, x1234, x1235, x1236, x1237, x1238, x1239
	Local x1240, x1241, x1242, x1243, x1244, x1245, x1246, x1247, x1248, x1249
	Local x1250, x1251, x1252, x1253, x1254, x1255, x1256, x1257, x1258, x1259
	Local x1260, x1261, x1262, x1263, x1264, x1265, x1266, x1267, x1268, x1269
	Local x1270, x1271, x1272, x1273, x1274, x1275, x1276, x1277, x1278, x1279
	Local x1280, x1281, x1282, x1283, x1284, x1285, x1286, x1287, x1288, x1289
	Local x1290, x1291, x1292, x1293, x1294, x1295, x1296, x1297, x1298, x1299
	Local x1300, x1301, x1302, x1303, x1304, x1305, x1306, x1307, x1308, x1309
	Local x1310, x1311, x1312, x1313, x1314, x1315, x1316, x1317, x1318, x1319
	Local x1320, x1321, x1322, x1323, x1324, x1325, x1326, x1327, x1328, x1329
	Local x1330, x1331, x1332, x1333, x1334, x1335, x1336, x1337, x1338, x1339
	Local x1340, x1341, x1342, x1343, x1344, x1345, x1346, x1347, x1348, x1349
	Local x1350, x1351, x1352, x1353, x1354, x1355, x1356, x1357, x1358, x1359
	Local x1360, x1361, x1362, x1363, x1364, x1365, x1366, x1367, x1368, x1369
	Local x1370, x1371, x1372, x1373, x1374, x1375, x1376, x1377, x1378, x1379
	Local x1380, x1381, x1382, x1383, x1384, x1385, x1386, x1387, x1388, x1389
	Local x1390, x1391, x1392, x1393, x1394, x1395, x1396, x1397, x1398, x1399
	Local x1400, x1401, x1402, x1403, x1404, x1405, x1406, x1407, x1408, x1409
	Local x1410, x1411, x1412, x1413, x1414, x1415, x1416, x1417, x1418, x1419
	Local x1420, x1421, x1422, x1423, x1424, x1425, x1426, x1427, x1428, x1429
	Local x1430, x1431, x1432, x1433, x1434, x1435, x1436, x1437, x1438, x1439
	Local x1440, x1441, x1442, x1443, x1444, x1445, x1446, x1447, x1448, x1449
	Local x1450, x1451, x1452, x1453, x1454, x1455, x1456, x1457, x1458, x1459
	Local x1460, x1461, x1462, x1463, x1464, x1465, x1466, x1467, x1468, x1469
	Local x1470, x1471, x1472, x1473, x1474, x1475, x1476, x1477, x1478, x1479
	Local x1480, x1481, x1482, x1483, x1484, x1485, x1486, x1487, x1488, x1489
	Local x1490, x1491, x1492, x1493, x1494, x1495, x1496, x1497, x1498, x1499
	Local x1500, x1501, x1502, x1503, x1504, x1505, x1506, x1507, x1508, x1509
	Local x1510, x1511, x1512, x1513, x1514, x1515, x1516, x1517, x1518, x1519
	Local x1520, x1521, x1522, x1523, x1524, x1525, x1526, x1527, x1528, x1529
	Local x1530, x1531, x1532, x1533, x1534, x1535, x1536, x1537, x1538, x1539
	Local x1540, x1541, x1542, x1543, x1544, x1545, x1546, x1547, x1548, x1549
	Local x1550, x1551, x1552, x1553, x1554, x1555, x1556, x1557, x1558, x1559
	Local x1560, x1561, x1562, x1563, x1564, x1565, x1566, x1567, x1568, x1569
	Local x1570, x1571, x1572, x1573, x1574, x1575, x1576, x1577, x1578, x1579
	Local x1580, x1581, x1582, x1583, x1584, x1585, x1586, x1587, x1588, x1589
	Local x1590, x1591, x1592, x1593, x1594, x1595, x1596, x1597, x1598, x1599
	Local x1600, x1601, x1602, x1603, x1604, x1605, x1606, x1607, x1608, x1609
	Local x1610, x1611, x1612, x1613, x1614, x1615, x1616, x1617, x1618, x1619
	Local x1620, x1621, x1622, x1623, x1624, x1625, x1626, x1627, x1628, x1629
	Local x1630, x1631, x1632, x1633, x1634, x1635, x1636, x1637, x1638, x1639
	Local x1640, x1641, x1642, x1643, x1644, x1645, x1646, x1647, x1648, x1649
	Local x1650, x1651, x1652, x1653, x1654, x1655, x1656, x1657, x1658, x1659
	Local x1660, x1661, x1662, x1663, x1664, x1665, x1666, x1667, x1668, x1669
	Local x1670, x1671, x1672, x1673, x1674, x1675, x1676, x1677, x1678, x1679
	Local x1680, x1681, x1682, x1683, x1684, x1685, x1686, x1687, x1688, x1689
	Local x1690, x1691, x1692, x1693, x1694, x1695, x1696, x1697, x1698, x1699
	Local x1700, x1701, x1702, x1703, x1704, x1705, x1706, x1707, x1708, x1709
	Local x1710, x1711, x1712, x1713, x1714, x1715, x1716, x1717, x1718, x1719
	Local x1720, x1721, x1722, x1723, x1724, x1725, x1726, x1727, x1728, x1729
	Local x1730, x1731, x1732, x1733, x1734, x1735, x1736, x1737, x1738, x1739
	Local x1740, x1741, x1742, x1743, x1744, x1745, x1746, x1747, x1748, x1749
	Local x1750, x1751, x1752, x1753, x1754, x1755, x1756, x1757, x1758, x1759
	Local x1760, x1761, x1762, x1763, x1764, x1765, x1766, x1767, x1768, x1769
	Local x1770, x1771, x1772, x1773, x1774, x1775, x1776, x1777, x1778, x1779
	Local x1780, x1781, x1782, x1783, x1784, x1785, x1786, x1787, x1788, x1789
	Local x1790, x1791, x1792, x1793, x1794, x1795, x1796, x1797, x1798, x1799
	Local x1800, x1801, x1802, x1803, x1804, x1805, x1806, x1807, x1808, x1809
	Local x1810, x1811, x1812, x1813, x1814, x1815, x1816, x1817, x1818, x1819
	Local x1820, x1821, x1822, x1823, x1824, x1825, x1826, x1827, x1828, x1829
	Local x1830, x1831, x1832, x1833, x1834, x1835, x1836, x1837, x1838, x1839
	Local x1840, x1841, x1842, x1843, x1844, x1845, x1846, x1847, x1848, x1849
	Local x1850, x1851, x1852, x1853, x1854, x1855, x1856, x1857, x1858, x1859
	Local x1860, x1861, x1862, x1863, x1864, x1865, x1866, x1867, x1868, x1869
	Local x1870, x1871, x1872, x1873, x1874, x1875, x1876, x1877, x1878, x1879
	Local x1880, x1881, x1882, x1883, x1884, x1885, x1886, x1887, x1888, x1889
	Local x1890, x1891, x1892, x1893, x1894, x1895, x1896, x1897, x1898, x1899
	Local x1900, x1901, x1902, x1903, x1904, x1905, x1906, x1907, x1908, x1909
	Local x1910, x1911, x1912, x1913, x1914, x1915, x1916, x1917, x1918, x1919
	Local x1920, x1921, x1922, x1923, x1924, x1925, x1926, x1927, x1928, x1929
	Local x1930, x1931, x1932, x1933, x1934, x1935, x1936, x1937, x1938, x1939
	Local x1940, x1941, x1942, x1943, x1944, x1945, x1946, x1947, x1948, x1949
	Local x1950, x1951, x1952, x1953, x1954, x1955, x1956, x1957, x1958, x1959
	Local x1960, x1961, x1962, x1963, x1964, x1965, x1966, x1967, x1968, x1969
	Local x1970, x1971, x1972, x1973, x1974, x1975, x1976, x1977, x1978, x1979
	Local x1980, x1981, x1982, x1983, x1984, x1985, x1986, x1987, x1988, x1989
	Local x1990, x1991, x1992, x1993, x1994, x1995, x1996, x1997, x1998, x1999
	Local x2000, x2001, x2002, x2003, x2004, x2005, x2006, x2007, x2008, x2009
	Local x2010, x2011, x2012, x2013, x2014, x2015, x2016, x2017, x2018, x2019
	Local x2020, x2021, x2022, x2023, x2024, x2025, x2026, x2027, x2028, x2029
	Local x2030, x2031, x2032, x2033, x2034, x2035, x2036, x2037, x2038, x2039
	Local x2040, x2041, x2042, x2043, x2044, x2045, x2046, x2047, x2048, x2049
	Local x2050, x2051, x2052, x2053, x2054, x2055, x2056, x2057, x2058, x2059
	Local x2060, x2061, x2062, x2063, x2064, x2065, x2066, x2067, x2068, x2069
	Local x2070, x2071, x2072, x2073, x2074, x2075, x2076, x2077, x2078, x2079
	Local x2080, x2081, x2082, x2083, x2084, x2085, x2086, x2087, x2088, x2089
	Local x2090, x2091, x2092, x2093, x2094, x2095, x2096, x2097, x2098, x2099
	Local x2100, x2101, x2102, x2103, x2104, x2105, x2106, x2107, x2108, x2109
	Local x2110, x2111, x2112, x2113, x2114, x2115, x2116, x2117, x2118, x2119
	Local x2120, x2121, x2122, x2123, x2124, x2125, x2126, x2127, x2128, x2129
	Local x2130, x2131, x2132, x2133, x2134, x2135, x2136, x2137, x2138, x2139
	Local x2140, x2141, x2142, x2143, x2144, x2145, x2146, x2147, x2148, x2149
	Local x2150, x2151, x2152, x2153, x2154, x2155, x2156, x2157, x2158, x2159
	Local x2160, x2161, x2162, x2163, x2164, x2165, x2166, x2167, x2168, x2169
	Local x2170, x2171, x2172, x2173, x2174, x2175, x2176, x2177, x2178, x2179
	Local x2180, x2181, x2182, x2183, x2184, x2185, x2186, x2187, x2188, x2189
	Local x2190, x2191, x2192, x2193, x2194, x2195, x2196, x2197, x2198, x2199
	Local x2200, x2201, x2202, x2203, x2204, x2205, x2206, x2207, x2208, x2209
	Local x2210, x2211, x2212, x2213, x2214, x2215, x2216, x2217, x2218, x2219
	Local x2220, x2221, x2222, x2223, x2224, x2225, x2226, x2227, x2228, x2229
	Local x2230, x2231, x2232, x2233, x2234, x2235, x2236, x2237, x2238, x2239
	Local x2240, x2241, x2242, x2243, x2244, x2245, x2246, x2247, x2248, x2249
	Local x2250, x2251, x2252, x2253, x2254, x2255, x2256, x2257, x2258, x2259
	Local x2260, x2261, x2262, x2263, x2264, x2265, x2266, x2267, x2268, x2269
	Local x2270, x2271, x2272, x2273, x2274, x2275, x2276, x2277, x2278, x2279
	Local x2280, x2281, x2282, x2283, x2284, x2285, x2286, x2287, x2288, x2289
	Local x2290, x2291, x2292, x2293, x2294, x2295, x2296, x2297, x2298, x2299
	Local x2300, x2301, x2302, x2303, x2304, x2305, x2306, x2307, x2308, x2309
	Local x2310, x2311, x2312, x2313, x2314, x2315, x2316, x2317, x2318, x2319
	Local x2320, x2321, x2322, x2323, x2324, x2325, x2326, x2327, x2328, x2329
	Local x2330, x2331, x2332, x2333, x2334, x2335, x2336, x2337, x2338, x2339
	Local x2340, x2341, x2342, x2343, x2344, x2345, x2346, x2347, x2348, x2349
	Local x2350, x2351, x2352, x2353, x2354, x2355, x2356, x2357, x2358, x2359
	Local x2360, x2361, x2362, x2363, x2364, x2365, x2366, x2367, x2368, x2369
	Local x2370, x2371, x2372, x2373, x2374, x2375, x2376, x2377, x2378, x2379
	Local x2380, x2381, x2382, x2383, x2384, x2385, x2386, x2387, x2388, x2389
	Local x2390, x2391, x2392, x2393, x2394, x2395, x2396, x2397, x2398, x2399
	Local x2400, x2401, x2402, x2403, x2404, x2405, x2406, x2407, x2408, x2409
	Local x2410, x2411, x2412, x2413, x2414, x2415, x2416, x2417, x2418, x2419
	Local x2420, x2421, x2422, x2423, x2424, x2425, x2426, x2427, x2428, x2429
	Local x2430, x2431, x2432, x2433, x2434, x2435, x2436, x2437, x2438, x2439
	Local x2440, x2441, x2442, x2443, x2444, x2445, x2446, x2447, x2448, x2449
	Local x2450, x2451, x2452, x2453, x2454, x2455, x2456, x2457, x2458, x2459
	Local x2460, x2461, x2462, x2463, x2464, x2465, x2466, x2467, x2468, x2469
	Local x2470, x2471, x2472, x2473, x2474, x2475, x2476, x2477, x2478, x2479
	Local x2480, x2481, x2482, x2483, x2484, x2485, x2486, x2487, x2488, x2489
	Local x2490, x2491, x2492, x2493, x2494, x2495, x2496, x2497, x2498, x2499
	Local x2500, x2501, x2502, x2503, x2504, x2505, x2506, x2507, x2508, x2509
	Local x2510, x2511, x2512, x2513, x2514, x2515, x2516, x2517, x2518, x2519
	Local x2520, x2521, x2522, x2523, x2524, x2525, x2526, x2527, x2528, x2529
	Local x2530, x2531, x2532, x2533, x2534, x2535, x2536, x2537, x2538, x2539
	Local x2540, x2541, x2542, x2543, x2544, x2545, x2546, x2547, x2548, x2549
	Local x2550, x2551, x2552, x2553, x2554, x2555, x2556, x2557, x2558, x2559
	Local x2560, x2561, x2562, x2563, x2564, x2565, x2566, x2567, x2568, x2569
	Local x2570, x2571, x2572, x2573, x2574, x2575, x2576, x2577, x2578, x2579
	Local x2580, x2581, x2582, x2583, x2584, x2585, x2586, x2587, x2588, x2589
	Local x2590, x2591, x2592, x2593, x2594, x2595, x2596, x2597, x2598, x2599
	Local x2600, x2601, x2602, x2603, x2604, x2605, x2606, x2607, x2608, x2609
	Local x2610, x2611, x2612, x2613, x2614, x2615, x2616, x2617, x2618, x2619
	Local x2620, x2621, x2622, x2623, x2624, x2625, x2626, x2627, x2628, x2629
	Local x2630, x2631, x2632, x2633, x2634, x2635, x2636, x2637, x2638, x2639
	Local x2640, x2641, x2642, x2643, x2644, x2645, x2646, x2647, x2648, x2649
	Local x2650, x2651, x2652, x2653, x2654, x2655, x2656, x2657, x2658, x2659
	Local x2660, x2661, x2662, x2663, x2664, x2665, x2666, x2667, x2668, x2669
	Local x2670, x2671, x2672, x2673, x2674, x2675, x2676, x2677, x2678, x2679
	Local x2680, x2681, x2682, x2683, x2684, x2685, x2686, x2687, x2688, x2689
	Local x2690, x2691, x2692, x2693, x2694, x2695, x2696, x2697, x2698, x2699
	Local x2700, x2701, x2702, x2703, x2704, x2705, x2706, x2707, x2708, x2709
	Local x2710, x2711, x2712, x2713, x2714, x2715, x2716, x2717, x2718, x2719
	Local x2720, x2721, x2722, x2723, x2724, x2725, x2726, x2727, x2728, x2729
	Local x2730, x2731, x2732, x2733, x2734, x2735, x2736, x2737, x2738, x2739
	Local x2740, x2741, x2742, x2743, x2744, x2745, x2746, x2747, x2748, x2749
	Local x2750, x2751, x2752, x2753, x2754, x2755, x2756, x2757, x2758, x2759
	Local x2760, x2761, x2762, x2763, x2764, x2765, x2766, x2767, x2768, x2769
	Local x2770, x2771, x2772, x2773, x2774, x2775, x2776, x2777, x2778, x2779
	Local x2780, x2781, x2782, x2783, x2784, x2785, x2786, x2787, x2788, x2789
	Local x2790, x2791, x2792, x2793, x2794, x2795, x2796, x2797, x2798, x2799
	Local x2800, x2801, x2802, x2803, x2804, x2805, x2806, x2807, x2808, x2809
	Local x2810, x2811, x2812, x2813, x2814, x2815, x2816, x2817, x2818, x2819
	Local x2820, x2821, x2822, x2823, x2824, x2825, x2826, x2827, x2828, x2829
	Local x2830, x2831, x2832, x2833, x2834, x2835, x2836, x2837, x2838, x2839
	Local x2840, x2841, x2842, x2843, x2844, x2845, x2846, x2847, x2848, x2849
	Local x2850, x2851, x2852, x2853, x2854, x2855, x2856, x2857, x2858, x2859
	Local x2860, x2861, x2862, x2863, x2864, x2865, x2866, x2867, x2868, x2869
	Local x2870, x2871, x2872, x2873, x2874, x2875, x2876, x2877, x2878, x2879
	Local x2880, x2881, x2882, x2883, x2884, x2885, x2886, x2887, x2888, x2889
	Local x2890, x2891, x2892, x2893, x2894, x2895, x2896, x2897, x2898, x2899
	Local x2900, x2901, x2902, x2903, x2904, x2905, x2906, x2907, x2908, x2909
	Local x2910, x2911, x2912, x2913, x2914, x2915, x2916, x2917, x2918, x2919
	Local x2920, x2921, x2922, x2923, x2924, x2925, x2926, x2927, x2928, x2929
	Local x2930, x2931, x2932, x2933, x2934, x2935, x2936, x2937, x2938, x2939
	Local x2940, x2941, x2942, x2943, x2944, x2945, x2946, x2947, x2948, x2949
	Local x2950, x2951, x2952, x2953, x2954, x2955, x2956, x2957, x2958, x2959
	Local x2960, x2961, x2962, x2963, x2964, x2965, x2966, x2967, x2968, x2969
	Local x2970, x2971, x2972, x2973, x2974, x2975, x2976, x2977, x2978, x2979
	Local x2980, x2981, x2982, x2983, x2984, x2985, x2986, x2987, x2988, x2989
	Local x2990, x2991, x2992, x2993, x2994, x2995, x2996, x2997, x2998, x2999
Return U_WideCalls(x0)
