#include "federation/import_texts.h"

namespace postern::federation {

// The shell is bash, as in the playbooks. One pipeline prints fingerprints in the form of saml::describe().

const std::string_view iam_steps_en = R"(# Give IAM the IdP's current SAML metadata: account {account}

```text
{facts}
```
{state}
## 1. Compare on the phone

Have somebody who runs the IdP read the SHA-256 of each certificate to you, in full. **If one differs, or is one more or one
less: stop.** You would hand AWS to somebody else.

## 2. Get in

```sh
{request}
postern access G-… -- aws sts get-caller-identity
```

It must show account {account}{role}. IAM is changed in us-east-1: while that Region is disrupted, none of this works.

## 3. Keep the old document: it is the way back

```sh
old=saml-{account}-$(date -u +%Y%m%dT%H%M%SZ).xml
postern access G-… -- aws iam get-saml-provider --saml-provider-arn {arn} \
  --query SAMLMetadataDocument --output text >"$old"
grep -c EntityDescriptor "$old"
```

Go on when the last line shows 1 or more. `NoSuchEntity` means that the provider was deleted: go on with step 5.

## 4. Give it the new one

The first line must say OK. The new document replaces the old one as a whole; roles and their trust policies stay.

```sh
echo {digest} {file} | sha256sum -c -
postern access G-… -- aws iam update-saml-provider --saml-provider-arn {arn} \
  --saml-metadata-document {file_url}
```

## 5. Only if it was deleted: create it again

```sh
echo {digest} {file} | sha256sum -c -
postern access G-… -- aws iam create-saml-provider --name {name} \
  --saml-metadata-document {file_url}
```

Under the same name it has the same ARN, so that the trust policies of roles, which name that ARN, hold again. Keys for encrypted
assertions went with it: if the IdP encrypts, add one (`aws iam update-saml-provider --add-private-key …`).

## 6. See that it worked

```sh
postern access G-… -- aws iam get-saml-provider --saml-provider-arn {arn} \
  --query SAMLMetadataDocument --output text >"after-$old"
tr -d '\r\n\t ' <"after-$old" | grep -oE 'X509Certificate[^>]*>[^<]+' | cut -d'>' -f2 | sort -u |
  while read -r each; do base64 -d <<<"$each" | openssl x509 -inform DER -noout -fingerprint -sha256; done
```

Each certificate of step 1 must be there. Then **two people sign in freshly**, each in a new private window. `Response signature
invalid` means that AWS has another certificate than the IdP signs with: wait a minute, then compare again.

**The way back**, if it is worse than before:

```sh
postern access G-… -- aws iam update-saml-provider --saml-provider-arn {arn} \
  --saml-metadata-document file://"$old"
```

## 7. Afterwards

Put the new file beside the catalog as the probe's `trusted_copy`, and have the owners sign it; otherwise the probe goes on comparing
with the old one. Then `postern close G-…`.

## What the role needs, and no more

```json
{policy}
```
)";

const std::string_view iam_steps_ja = R"(# IdP の最新の SAML メタデータを IAM に入れる: アカウント {account}

```text
{facts}
```
{state}
## 1. 電話で読み合わせる

IdP の担当者に、各証明書の SHA-256 フィンガープリントを最後まで読み上げてもらいます。**1 つでも違う、多い、または足りないときは中止します。**
AWS を他人に明け渡すことになります。

## 2. 入る

```sh
{request}
postern access G-… -- aws sts get-caller-identity
```

アカウント {account}{role} と表示されることを確かめます。IAM の変更は us-east-1 で行われるため、us-east-1 の障害中はこの手順は使えません。

## 3. 古いメタデータを保存する(元に戻すため)

```sh
old=saml-{account}-$(date -u +%Y%m%dT%H%M%SZ).xml
postern access G-… -- aws iam get-saml-provider --saml-provider-arn {arn} \
  --query SAMLMetadataDocument --output text >"$old"
grep -c EntityDescriptor "$old"
```

最後の行が 1 以上なら先へ進みます。`NoSuchEntity` と出たら、プロバイダーは削除されています。手順 5 へ進みます。

## 4. 新しいメタデータに替える

1 行目の結果が OK であることを確かめます。古い内容はすべて置き換わります。ロールと信頼ポリシーは変わりません。

```sh
echo {digest} {file} | sha256sum -c -
postern access G-… -- aws iam update-saml-provider --saml-provider-arn {arn} \
  --saml-metadata-document {file_url}
```

## 5. 削除されていた場合だけ: 作り直す

```sh
echo {digest} {file} | sha256sum -c -
postern access G-… -- aws iam create-saml-provider --name {name} \
  --saml-metadata-document {file_url}
```

同じ名前で作れば ARN も同じなので、その ARN を書いたロールの信頼ポリシーは再び有効になります。暗号化されたアサーション用の秘密鍵は
一緒に消えています。IdP が暗号化している場合は追加します(`aws iam update-saml-provider --add-private-key …`)。

## 6. 直ったことを確かめる

```sh
postern access G-… -- aws iam get-saml-provider --saml-provider-arn {arn} \
  --query SAMLMetadataDocument --output text >"after-$old"
tr -d '\r\n\t ' <"after-$old" | grep -oE 'X509Certificate[^>]*>[^<]+' | cut -d'>' -f2 | sort -u |
  while read -r each; do base64 -d <<<"$each" | openssl x509 -inform DER -noout -fingerprint -sha256; done
```

手順 1 の証明書がすべて表示されることを確かめます。次に、**2 人がそれぞれ新しいプライベートウィンドウでサインインし直します。**
`Response signature invalid` と出る場合、AWS の証明書は IdP が署名に使うものと違います。1 分待ってから、もう一度比べます。

**かえって悪くなったときは、元に戻します。**

```sh
postern access G-… -- aws iam update-saml-provider --saml-provider-arn {arn} \
  --saml-metadata-document file://"$old"
```

## 7. 後片付け

新しいファイルをカタログの横に置いてプローブの `trusted_copy` とし、オーナーに署名してもらいます。そうしないと、プローブは古いものと
比べ続けます。最後に `postern close G-…` を実行します。

## ロールに必要な権限(これだけで足ります)

```json
{policy}
```
)";

const std::string_view identity_center_steps_en =
    R"(# Give Identity Center the IdP's current SAML metadata: account {account}, Region {region}

```text
{facts}
```

## 1. Compare on the phone

Have somebody who runs the IdP read the SHA-256 of each certificate to you, in full. **If one differs, or is one more or one
less: stop.** You would hand AWS to somebody else.

## 2. Open the console

AWS has no command for these settings; they exist in the console only. With the grant, the playbook's link takes you there in one
hop, as account {account}{role}:

```sh
{request}
postern playbook {process} --grant G-…
```

Console: https://{region}.console.aws.amazon.com/singlesignon/home?region={region} (it must show Region {region}).

## 3. *Settings* → tab *Identity source*

It must say *External identity provider*. **If it says anything else, touch nothing:** work by another process, and open a case with
AWS Support. Take a picture of what the page shows of the IdP and its certificates: it is the way back.

## 4. *Actions* → *Manage authentication*

**Never *Change identity source*:** it can delete all assignments.

## 5. Import, and keep the old certificate

Where the page takes IdP SAML metadata, upload the file. Otherwise *Import certificate*: each `.pem` that is named above. What these
commands print must stand above, too:

```sh
sha256sum {file}
for each in {certificate_files}; do openssl x509 -in "$each" -noout -fingerprint -sha256; done
```

All imported certificates count at the same time, so the old one stays until the new one has worked. There is room for two: if it is
full, delete the one that has expired, and no other.

## 6. See that it worked

Hold what the page now shows against the picture and the list above: issuer, sign-in address, and each certificate's last day and, where
shown, fingerprint. Then **two people sign in freshly**, each in a new private window or another browser: {portal}

*It's not you, it's us* means that the certificates still do not match: hold them against the list above once more.

## 7. Afterwards

Only now delete certificates that the IdP does not sign with any more. Sign out. Put the new file beside the catalog as the probe's
`trusted_copy`, and have the owners sign it. Then `postern close G-…`.
)";

const std::string_view identity_center_steps_ja =
    R"(# IdP の最新の SAML メタデータを Identity Center に入れる: アカウント {account}、リージョン {region}

```text
{facts}
```

## 1. 電話で読み合わせる

IdP の担当者に、各証明書の SHA-256 フィンガープリントを最後まで読み上げてもらいます。**1 つでも違う、多い、または足りないときは中止します。**
AWS を他人に明け渡すことになります。

## 2. コンソールを開く

この設定はコンソールにしかなく、AWS にコマンドはありません。許可があれば、プレイブックのリンクから 1 段で入れます
(アカウント {account}{role})。

```sh
{request}
postern playbook {process} --grant G-… --language ja
```

コンソール: https://{region}.console.aws.amazon.com/singlesignon/home?region={region} (リージョンが {region} であることを確かめます)

## 3. *Settings*(設定)→ *Identity source*(ID ソース)タブ

*External identity provider*(外部 ID プロバイダー)と表示されていることを確かめます。**違う場合は何も触りません。** 別のプロセスで作業を続け、
AWS サポートに連絡します。IdP と証明書の表示を画面の写真に残します。元に戻すときに使います。

## 4. *Actions*(アクション)→ *Manage authentication*(認証の管理)

***Change identity source*(ID ソースを変更)は押しません。** 割り当てがすべて消えることがあります。

## 5. 取り込む(古い証明書は残す)

メタデータを受け付ける画面なら、ファイルをアップロードします。そうでなければ *Import certificate*(証明書をインポート)で、上の一覧の
`.pem` を 1 つずつ入れます。次のコマンドの出力が、上の一覧と同じであることを確かめます。

```sh
sha256sum {file}
for each in {certificate_files}; do openssl x509 -in "$each" -noout -fingerprint -sha256; done
```

取り込んだ証明書はすべて同時に有効です。新しいものでサインインできるまで、古いものは消しません。上限は 2 つです。満杯なら、期限切れの
1 つだけを消します。

## 6. 直ったことを確かめる

画面の表示を、写真と上の一覧に照らします。発行者、サインイン URL、各証明書の有効期限と、表示があればフィンガープリントを見ます。次に、
**2 人がそれぞれ新しいプライベートウィンドウか別のブラウザでサインインし直します。** {portal}

*It's not you, it's us* と出る場合、証明書はまだ一致していません。もう一度、上の一覧と比べます。

## 7. 後片付け

ここで初めて、IdP が署名に使わなくなった証明書を消します。サインアウトします。新しいファイルをカタログの横に置いてプローブの
`trusted_copy` とし、オーナーに署名してもらいます。最後に `postern close G-…` を実行します。
)";

}  // namespace postern::federation
