// Kinds of messages of integration adapters.
#ifndef __FWADAPTEREAI_CH
#define __FWADAPTEREAI_CH

#define TRANS_RECEIVE              "1"
#define TRANS_SEND                 "2"

#define EAI_MESSAGE_BUSINESS       "20"
#define EAI_MESSAGE_RESPONSE       "21"
#define EAI_MESSAGE_RECEIPT        "22"
#define EAI_MESSAGE_WHOIS          "23"

#define MESSAGE_TYPE_BUSINESS      "20"
#define MESSAGE_TYPE_RESPONSE      "21"
#define MESSAGE_TYPE_RECEIPT       "22"
#define MESSAGE_TYPE_WHOIS         "23"

#endif
