// Kinds of content and limits of WSRESTFUL services.
#ifndef __RESTFUL_CH
#define __RESTFUL_CH

#define APPLICATION_JSON         "application/json"
#define APPLICATION_XML          "application/xml"
#define APPLICATION_OCTETSTREAM  "application/octet-stream"
#define APPLICATION_PDF          "application/pdf"
#define APPLICATION_FORM         "application/x-www-form-urlencoded"
#define APPLICATION_SOAP_XML     "application/soap+xml"
#define MULTIPART_FORM_DATA      "multipart/form-data"
#define TEXT_HTML                "text/html"
#define TEXT_PLAIN               "text/plain"
#define TEXT_XML                 "text/xml"
#define TEXT_CSV                 "text/csv"
#define IMAGE_JPEG               "image/jpeg"
#define IMAGE_PNG                "image/png"

#endif
