#include "transformer/text/detect_language.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace footnote::transformer {
namespace {

TEST(DetectLanguageTest, KnowsLanguagesByASentence) {
  struct Case {
    const char* text;
    const char* language;
  };
  for (const Case& c : {
           Case{"The server listens for connections on the port that its configuration names.",
                "en"},
           Case{"Der Server nimmt Verbindungen an dem Port an, den seine Einstellungen nennen.",
                "de"},
           Case{"Le serveur attend les connexions sur le port indiqué dans sa configuration.",
                "fr"},
           Case{"El servidor espera las conexiones en el puerto que indica su configuración.",
                "es"},
           Case{"Сервер ожидает соединений на порту, указанном в файле настроек.", "ru"},
           Case{"サーバーは設定ファイルで指定されたポートで接続を待ちます。", "ja"},
           Case{"数据库首先将每个更改写入日志，然后才写入表中，因此在崩溃后可以恢复所有数据，不会丢"
                "失。",
                "zh"},
           Case{"서버는 설정 파일에 지정된 포트에서 연결을 기다립니다.", "ko"},
           Case{"เซิร์ฟเวอร์รอการเชื่อมต่อบนพอร์ตที่ระบุไว้ในไฟล์กำหนดค่า", "th"},
           Case{"השרת ממתין לחיבורים ביציאה שצוינה בקובץ ההגדרות שלו.", "he"},
       }) {
    EXPECT_EQ(DetectLanguage(c.text), c.language) << c.text;
  }
}

TEST(DetectLanguageTest, SaysNothingOfWhatItCantTell) {
  EXPECT_EQ(DetectLanguage(""), "");
  EXPECT_EQ(DetectLanguage("42"), "");
  EXPECT_EQ(DetectLanguage("pg_dump -Fc"), "");
  EXPECT_EQ(DetectLanguage("1,000 2,000 3,000 | --- | +++ 17 %"), "");
}

TEST(DetectLanguageTest, TheBeginningOfALongTextDecides) {
  const std::string german =
      "Die Datenbank schreibt jede Änderung zuerst in ihr Protokoll und dann erst in die "
      "Tabelle. ";
  std::string text;
  while (text.size() < 70000) text += german;  // the limit falls into a character somewhere
  for (int shift = 0; shift < 4; ++shift) {
    EXPECT_EQ(DetectLanguage(absl::StrCat(std::string(shift, 'x'), " ", text)), "de");
  }
}

}  // namespace
}  // namespace footnote::transformer
