### build-token の日本語メッセージ。検出結果のメッセージ名はコードと同じで、値が見出し、属性が
### 事象（.what）、原因（.why）、対処（.fix）。それ以外の文はすべて `say-` で始まる。
###
### 表記
### - です・ます調。見出しの末尾に句点は付けない。
### - 引数、コマンド、変数名、キー名、パスなど、そのまま入力・検索する語の前後には半角空白を置く
###   （端末でのコピーとURLの判定を壊さないため）。句読点と括弧の隣には置かない。
### - サーバーやgitの応答は訳さず、原文のまま見せる。
###
### 用語（一語一訳。左が設計の語）
### - ID token = IDトークン / claims = クレーム / job context = ジョブコンテキスト
### - grant = 付与ルール / gate = ゲート
### - granted = 付与 / not entitled = 付与対象外 / entitled but failed = 付与対象だが失敗
### - secret reference = シークレット参照 / Vault session = Vaultセッション
### - build token = ビルドトークン / reach = 到達範囲 / channel = チャンネル
### - finding = 検出結果 / fingerprint = フィンガープリント / receipt = レシート
### - fleet = フリート / rotation = ローテーション / lab = ラボ
###
### 用語（GitLab、Vault、gitの日本語コミュニティに合わせたもの）
### - job token = ジョブトークン / group access token = グループアクセストークン
### - role = ロール / policy = ポリシー / mount = マウント / auth mount = 認証マウント
### - namespace = ネームスペース / field = フィールド / audience = オーディエンス
### - issuer = 発行者 / subject = サブジェクト / protected ref = 保護されたref
### - credential = 認証情報 / credential helper = 認証情報ヘルパー / remote = リモート
### - revoke = 失効させる / expire = 有効期限が切れる / sealed = シール状態
### - delete = 削除 / destroy = 破棄 / undelete = 復元 / pin = 固定 / allow-list = 許可リスト
### - fetch = 取得（トークン）、フェッチ（git） / mask = マスク / child = 子プロセス

## 見出しと短い文

say-what = 事象
say-why = 原因
say-fix = 対処
say-request-id = リクエストID: { $id }
say-not-entitled = build-token: { $name }: 付与対象外です。`{ $comparison }` で { $left } と { $right } を比較しました。トークンなしで実行します
say-not-entitled-plain = build-token: { $name }: 付与対象外です。`{ $when }` が偽です。トークンなしで実行します
say-unset = 未設定
say-granted = build-token: { $name }: 付与しました（取得元 { $source }、フィンガープリント { $fingerprint }）
say-session = build-token: Vaultセッション: { $state }（リクエスト { $requests } 件、接続 { $connections } 本）
say-weaker = build-token: { $names } はジョブ自身のシェルに渡されました。以降のコマンドはすべてこれを読めます。より強い方法は `build-token run -- …` です。
say-renewed = build-token: { $name }: ジョブの実行中にトークンを取得し直しました
say-checking = 確認中（{ $done }/{ $total }）: { $name }
say-check-ok = OK
say-check-failed = { $total } 件のソースのうち { $failed } 件をフェッチできません
say-check-passed = { $total } 件のソースをすべてフェッチできます
say-confirm-kill = { $url } で { $name }（{ $fingerprint }）を失効させます。これを使うすべてのジョブとすべての人に影響します。続行するには yes と入力してください:
say-not-confirmed = 何も失効させていません。
say-clean = { $place } から { $count } 件の設定を削除しました
say-setup = gitは { $reach } の認証情報を build-token に問い合わせます（{ $place }）
say-nothing-to-do = 変更は不要です
say-usage-hint = オプションは `{ $command }` で確認できます。
say-wrote = { $path } に書き込みました
say-lab-ready = ラボの準備ができました。Ctrl-C で終了します
say-demo-title = リファレンス構成: 3つのジョブと1つのビルドトークン
say-demo-job = { $title }（{ $project }、{ $event }）
say-demo-exit = 終了コード { $code }
say-demo-requests = Vaultへのリクエスト: { $vault }、GitLabのgitへのリクエスト: { $git }
say-demo-verdict-cloned = トークンを使って { $project } をクローンしました。出力にも .git/config にも引数にもトークンはありません
say-demo-verdict-without = トークンなしで実行し、どこにも問い合わせていません
say-demo-verdict-refused = Vaultに拒否されました: { $code }
say-demo-sum = { $seconds } 秒、外部ネットワーク不使用。次は `build-token lab up` を試してください

## Y: YAMLと変数

BT-Y01 = Vaultサーバーが指定されていません
    .what = シークレットの取得が必要ですが、.build-token.yml の vault.url にも、VAULT_SERVER_URL、BAO_ADDR、VAULT_ADDR にも取得先がありません。
    .why = このジョブでは変数が定義されていません。保護された変数である、環境スコープが限定されている、またはフォークに存在しない、のいずれかと考えられます。
    .fix = グループまたはプロジェクトのCI/CD変数に VAULT_SERVER_URL を定義するか、.build-token.yml の vault.url で固定してください。
BT-Y02 = ログインにロールが指定されていません
    .what = { $url } のVaultは、auth/{ $mount } へのログインに次の応答を返しました: { $text }
    .why = このジョブでは VAULT_AUTH_ROLE が定義されておらず、認証マウントに default_role もありません。
    .fix = CI/CD変数に VAULT_AUTH_ROLE を定義するか、.build-token.yml の vault.auth.role で固定するか、auth/{ $mount }/config に default_role を設定してください（書き込むと設定全体が置き換わるため、全項目を書いてください）。
BT-Y03 = ロール { $role } が存在しません
    .what = { $url } のVaultは、auth/{ $mount } へのログインに次の応答を返しました: { $text }
    .why = ロール名が誤っているか、ロールが別の認証マウントまたは別のネームスペースに作成されています（問い合わせたネームスペース: { $namespace }）。
    .fix = `bao list auth/{ $mount }/role` でロールの一覧を確認し、VAULT_AUTH_ROLE、VAULT_AUTH_PATH、VAULT_NAMESPACE のいずれかを修正してください。
BT-Y05 = { $variable } の値が、内容ではなくファイルのパスです
    .what = { $variable } の値がスラッシュで始まっており、ファイルのパスに見えます。
    .why = GitLabの `secrets:` は、`file: false` を指定しない限り、値をファイルに書き出します。
    .fix = .gitlab-ci.yml の該当シークレットに `file: false` を追加してください。ファイル型の変数であれば、ファイルの内容を使ってください。
BT-Y06 = シークレット参照に `{ $segment }/` は不要です
    .what = { $input } に `{ $segment }/` が含まれています。{ $normal } として読み取ります。
    .why = `data/` と `metadata/` はVaultのAPIパスの一部です。`{ $segment }/` はUIやポリシーに現れますが、値は { $read } から読み取ります。
    .fix = { $normal } と書いてください。
BT-Y07 = シークレット参照の中でマウント名が重複しています
    .what = { $input } にはマウントが2回現れます。{ $normal } として読み取ります。
    .why = 短縮形ではマウントを `@` の後ろに書き、パスはその配下から始めます。
    .fix = { $normal } と書いてください。
BT-Y08 = シークレットにフィールド { $field } がありません
    .what = { $url } から { $path } のバージョン { $version } を読み取りました。含まれるフィールド: { $fields }
    .why = 短縮形のシークレット参照では末尾の要素がフィールドになります。フィールドの書き忘れ、または誤記と考えられます。
    .fix = 存在するフィールドを指定するか、トークンを { $field } に保存してください。
BT-Y09 = シークレット参照が未定義の変数を使っています
    .what = { $input } が使っている { $variables } は、このジョブにはありません。
    .why = 保護された変数である、環境スコープが限定されている、または別のプロジェクトにしか定義されていない、のいずれかと考えられます。
    .fix = CI/CD変数として定義するか、変数を使わずにパスをすべて書いてください。
BT-Y11 = IDトークンがありません
    .what = { $variable }: { $problem }
    .why = このジョブにはその名前の `id_tokens:` がないか、それを定義するテンプレートがここでは継承されていません。
    .fix = ジョブに `extends: .with-build-token` を追加するか、`id_tokens: { "{" } { $variable }: { "{" } aud: … { "}" } { "}" }` を追加してください。ジョブに独自の `id_tokens` があると、テンプレートの `id_tokens` は置き換えられます。
BT-Y17 = フィールド { $field } が文字列ではありません
    .what = { $url } の { $path } では、トークンがあるべき { $field } の値の型が { $kind } です。
    .why = シークレットが別の型を含むJSONとして書き込まれたか、シークレット参照のフィールドが誤っています。
    .fix = トークンを文字列として保存してください。`bao kv patch -mount={ $mount } { $secret } { $field }=-` は標準入力から値を読み取り、ほかのフィールドを残します。
BT-Y25 = { $name } の条件が未定義の変数を使っています
    .what = `{ $when }` が使っている { $variables } は、このジョブにはありません。
    .why = GitLabの式言語は未定義の変数をnullとして扱うため、そのままではジョブが何も告げずにトークンなしで実行されてしまいます。
    .fix = グループまたはプロジェクトのCI/CD設定で定義してください。`variables:` は `include:rules` から見えないため使えません。変数がないこともあり得る場合は、条件の中でnullと比較してください。
BT-Y27 = { $variable } が `{ $value }` ですが、真とみなされるのは `true` だけです
    .what = チャンネルは { $channel } です。
    .why = ビルド側のコードは SECURITY_SOURCES を文字列 `true` と比較し、それ以外の値はすべて偽とみなします。
    .fix = { $variable } を `true` に設定するか、削除してください。

## J: IDトークンとロールの照合

BT-J01 = IDトークンのオーディエンスがロールで許可されていません
    .what = IDトークンの aud は { $audience } です。{ $url } のVault（auth/{ $mount }、ロール { $role }）は次の応答を返しました: { $text }
    .why = `id_tokens:` の `aud` は、ロールの bound_audiences のいずれかとバイト単位で一致する必要があります。末尾のスラッシュ、httpとhttpsの違い、ポート番号の有無だけでも別のオーディエンスになります。サーバーのURLと同じである必要はありません。
    .fix = .gitlab-ci.yml の `aud:`（{ $audience }）とロールの bound_audiences（`bao read auth/{ $mount }/role/{ $role }` で確認）を比較し、一致させてください。
BT-J02 = ロールに照合対象のオーディエンスがありません
    .what = IDトークンの aud は { $audience } です。{ $url } のVault（auth/{ $mount }、ロール { $role }）は次の応答を返しました: { $text }
    .why = ロールに bound_audiences がありません。その場合、OpenBaoと1.16.3以降のVaultは、オーディエンスを必ず持つIDトークンをすべて拒否します。
    .fix = auth/{ $mount }/role/{ $role } に bound_audiences={ $audience } を設定してください。同じ書き込みに role_type=jwt も含めてください（省略するとロールはoidcに戻ります）。
BT-J03 = IDトークンの発行者が想定と異なります
    .what = IDトークンの iss は { $issuer } です。{ $url } のVault（auth/{ $mount }）は次の応答を返しました: { $text }
    .why = 認証マウントの bound_issuer が異なります。GitLabの iss は https://gitlab.example.com のようにスキームを含み、末尾にスラッシュは付きません。スキームを省いて説明している手順書もあります。
    .fix = 信頼しているGitLabに間違いなければ、auth/{ $mount }/config に bound_issuer={ $issuer } を設定してください。書き込むと設定全体が置き換わるため、oidc_discovery_url または jwks_url も一緒に書いてください。
BT-J04 = IDトークンのサブジェクトが想定と異なります
    .what = IDトークンの sub は { $subject } です。{ $url } のVault（auth/{ $mount }、ロール { $role }）は次の応答を返しました: { $text }
    .why = ロールの bound_subject が異なります。bound_subject はパターンとしては解釈されません。また、省略してロールを書き直しても、以前の値が残ります。
    .fix = ロールを削除し、bound_subject の代わりに bound_claims（project_id）を使って作り直すか、bound_subject を修正してください。
BT-J05 = ロールが保護されたrefを要求しています
    .what = ref { $ref } で発行されたIDトークンの ref_protected は { $value } です。{ $url } のVault（auth/{ $mount }、ロール { $role }）は次の応答を返しました: { $text }
    .why = refが保護されていないか、GitLabは文字列の "true" を送るのに、ロールが真偽値の true と比較しています。
    .fix = 保護されたrefで実行するか、読み取り専用のロールがあればそれを使うか、bound_claims に引用符付きで "true" と書いてください。
BT-J06 = クレーム { $claim } の値がロールで許可されていません
    .what = IDトークンの { $claim } は { $value } です。{ $url } のVault（auth/{ $mount }、ロール { $role }）は次の応答を返しました: { $text }
    .why = このジョブの { $claim } は、ロールの対象ではありません。GitLabのIDは文字列です。globで使えるのは `*` だけで、bound_claims_type=glob の場合に限ります。フォークからのマージリクエストでは、クレームはフォークのものになります。複数のクレームが一致しない場合、Vaultが挙げるのはそのうちの任意の1つです。
    .fix = このジョブにトークンを渡すべきなら、ロールの bound_claims.{ $claim } に { $value } を追加してください（bound_claims の全体と role_type=jwt を一緒に書いてください）。渡すべきでないなら、この拒否は正しい動作です。
BT-J07 = クレーム { $claim } がIDトークンにありません
    .what = { $url } のVault（auth/{ $mount }、ロール { $role }）は次の応答を返しました: { $text }
    .why = 一部のクレームは条件を満たすときだけ含まれます。environment は `environment:` を持つジョブだけにあり、新しいバージョンのGitLabにしかないクレームもあります。
    .fix = そのクレームに必要な設定をジョブに追加するか、別のクレームで制限してください（project_id は常に含まれます）。
BT-J08 = ロール { $role } はブラウザーログイン用です
    .what = { $url } のVault（auth/{ $mount }）は次の応答を返しました: { $text }
    .why = ロールが role_type=jwt なしで書き込まれています。デフォルトはoidcで、既存のロールを書き直すときも同じです。
    .fix = role_type=jwt を付けてロールを書き直してください。
BT-J09 = ユーザーを表すクレームを使用できません
    .what = { $url } のVault（auth/{ $mount }、ロール { $role }）は次の応答を返しました: { $text }
    .why = user_claim に指定されたクレームが、このIDトークンにないか、文字列ではありません。
    .fix = すべてのIDトークンに含まれる project_id を使い、user_claim=project_id としてください。
BT-J10 = クレームをメタデータに変換できません
    .what = { $url } のVault（auth/{ $mount }、ロール { $role }）は次の応答を返しました: { $text }
    .why = claim_mappings または groups_claim に指定されたクレームが、ここでは文字列ではありません（runner_id は数値、groups_direct はリストです）。
    .fix = ロールの claim_mappings または groups_claim からそのクレームを外してください。
BT-J11 = IDトークンの有効期限が切れています
    .what = IDトークンの有効期限は { $expires }、現在時刻は { $now } です。
    .why = IDトークンの有効期間はジョブのタイムアウトと同じで、タイムアウトのないジョブでは5分です。時計がずれている可能性もあります。
    .fix = ジョブを再実行してください。解消しない場合は、build-token をジョブのより早い段階で実行するか、ジョブの `timeout:` を延ばすか、時計を合わせてください。
BT-J12 = IDトークンはまだ有効ではありません
    .what = IDトークンが有効になるのは { $valid_from } です。{ $url } のVaultは、こちらの時計で { $now } に次の応答を返しました: { $text }
    .why = GitLabの時計がVaultの時計より、許容誤差の1分を超えて進んでいます。
    .fix = 時計を合わせるか（NTP）、ロールの clock_skew_leeway を増やしてください。expiration_leeway はここでは効果がありません。
BT-J13 = Vaultの持つどの鍵でもIDトークンを検証できません
    .what = IDトークンの発行者は { $issuer } です。{ $url } のVault（auth/{ $mount }）は次の応答を返しました: { $text }
    .why = IDトークンが、認証マウントの信頼するGitLabとは別のGitLabのものであるか、GitLabの署名鍵が変わったのに認証マウントの鍵が固定されています。
    .fix = auth/{ $mount }/config の jwks_url または oidc_discovery_url を確認してください。{ $issuer } のものである必要があります。変更しても、認証マウントを作り直すまでVaultが古い鍵を使い続けることがあります。
BT-J15 = VaultがGitLabの署名鍵を取得できません
    .what = { $url } のVault（auth/{ $mount }）は次の応答を返しました: { $text }
    .why = このジョブとVaultの間ではなく、VaultとGitLabの間の問題です。VaultからGitLabに接続できないか、GitLabのURLが誤っているか、GitLabの証明書をVaultが信頼していません。
    .fix = 再実行してください。解消しない場合は、Vaultの管理者に依頼し、Vaultが動作するマシンから jwks_url を取得できるか確認してもらってください。
BT-J16 = VaultがGitLabのディスカバリードキュメントを読み取れません
    .what = { $url } のVault（auth/{ $mount }）は次の応答を返しました: { $text }
    .why = VaultとGitLabの間の問題です。oidc_discovery_url が誤っているか、VaultからGitLabに接続できないか、ドキュメントに別の発行者が書かれています。
    .fix = 再実行してください。解消しない場合は、auth/{ $mount }/config の oidc_discovery_url を確認してください。末尾のスラッシュと .well-known は不要です。

## V: Vaultへの通信とポリシー

BT-V01 = { $url } の証明書は未知の認証局が発行したものです
    .what = build-token が接続を拒否しました: { $text }
    .why = サーバーの証明書がプライベート認証局によるものか自己署名であり、その認証局が { $roots } にありません。
    .fix = 認証局の証明書をファイルに保存し、BAO_CACERT または VAULT_CACERT（または SSL_CERT_FILE）に指定してください。
BT-V02 = { $url } の証明書は別の名前に対するものです
    .what = build-token が接続を拒否しました: { $text }
    .why = 別名、ポートフォワード、IPアドレスなど、証明書に含まれない名前でサーバーに接続しています。
    .fix = 証明書にある名前で接続するか、期待する名前を BAO_TLS_SERVER_NAME または VAULT_TLS_SERVER_NAME に指定してください。
BT-V03 = { $url } から応答がありません
    .what = { $text }
    .why = 名前が誤っているか、サーバーが停止しているか、このRunnerから到達できません（プライベートネットワーク、プロキシの設定漏れなど）。
    .fix = サーバーのURLを確認してください。サーバーに到達できるRunnerで実行し（プライベートRunner用のタグなど）、プロキシが必要な環境では HTTPS_PROXY を設定してください。
BT-V04 = `{ $value }` はサーバーのURLではありません
    .what = { $source } の値は `{ $value }` です: { $problem }
    .why = URLは https://vault.example.com のように、スキームとホスト、必要ならポートだけで構成します。残りは build-token が補います。
    .fix = { $suggestion } と書いてください。
BT-V05 = { $url } でhttpとhttpsが食い違っています
    .what = { $text }
    .why = サーバーがこのポートでもう一方のプロトコルを使っているか、httpsから平文のhttpへリダイレクトしています。平文のhttpでは、トークンを誰にでも読まれてしまいます。
    .fix = サーバーのURLのスキームまたはポートを修正してください。
BT-V06 = Vaultが理由を示さずにログインを拒否しました
    .what = { $url } のVaultは、auth/{ $mount }（ネームスペース: { $namespace }）へのログインに403を返しました: { $text }
    .why = ログイン時の403は、ロールやIDトークンの問題ではありません。認証マウント { $mount } がここに存在しないか、ネームスペースが誤っているか未指定であるか、ロールの接続元アドレスが制限されています（token_bound_cidrs）。
    .fix = `bao auth list` で VAULT_AUTH_PATH（auth/ は付けません）と VAULT_NAMESPACE を確認してください。HCP Vaultではネームスペース admin が必要です。
BT-V07 = このVaultセッションのポリシーでは、シークレットを読み取れません
    .what = { $url } のVaultは、GET /v1/{ $path }（ネームスペース: { $namespace }）に403を返しました: { $text }
    .why = Vaultセッションのポリシーは { $policies } ですが、このパスの `read` は許可されません。KVバージョン2のパスには `data/` が入ること、最も具体的なパスのルールだけが適用されること、存在しないポリシーがあってもログイン時には報告されないことに注意してください。2.6以降のOpenBaoは、テンプレートの展開結果にスラッシュが含まれるパスを無視します（ポリシーに allow_slashes_in_identity_templates があれば無視しません）。
    .fix = ロールのポリシーのいずれかに次の内容を追加してください: path "{ $path }" { "{" } capabilities = ["read"] { "}" }
BT-V12 = シークレットのバージョン { $version } は削除されています
    .what = { $url } の { $path }: バージョン { $version } は { $deleted_at } に削除されました。
    .why = 誰かが最新バージョンを削除したか、delete_version_after によって削除されました。古いバージョンは残っている可能性があります。
    .fix = 復元するか（`bao kv undelete -mount={ $mount } -versions={ $version } { $secret }`）、新しいバージョンを書き込んでください。
BT-V13 = シークレットのバージョン { $version } は破棄されています
    .what = { $url } の { $path }: バージョン { $version } は破棄されており、復元できません。
    .why = 誰かがこのバージョンを破棄しました。残っているのはメタデータだけです。
    .fix = 有効なトークンを新しいバージョンとして書き込んでください。
BT-V14 = マウント { $mount } が存在しません
    .what = { $url } のVault（ネームスペース: { $namespace }）は次の応答を返しました: { $text }
    .why = `@` の後ろのマウント名が誤っているか、マウントが別のネームスペースにあります。GitLabの短縮形で `@` を省略すると、マウント kv-v2 を指します。
    .fix = `bao secrets list` でマウントの一覧を確認し、シークレット参照を修正してください。
BT-V15 = マウント { $mount } の種類が異なります
    .what = { $url } のVaultは、{ $path } に次の応答を返しました: { $text }
    .why = シークレット参照はKVバージョン2（パスに `data/` が入る形式）を読み取りますが、このマウントはバージョン1か別のエンジンです。
    .fix = KVバージョン2のマウントを指定してください。`bao kv enable-versioning { $mount }` でバージョン1を2に変更できますが、このマウントを読み取る全員のAPIパスが変わります。
BT-V16 = Vaultの準備ができていません
    .what = { $url } は { $status } を返しました: { $text }
    .why = Vaultがシール状態か、未初期化か、一時的にリーダーがいません。
    .fix = 1分ほど待って再実行してください。シール状態が続く場合は、Vaultの管理者によるアンシールが必要です。
BT-V17 = Vaultのレート制限を受けました
    .what = { $url } は429を返しました: { $text }
    .why = 同時のログインが多すぎるか、失効させていないVaultセッションが多すぎます。
    .fix = 再実行してください。同時に開始するジョブを減らすか、クォータを引き上げてください。ロールの token_ttl を短くすることも有効です。
BT-V18 = Vaultでエラーが発生したか、時間内に応答がありませんでした
    .what = { $url }: { $text }
    .why = サーバーの内部エラーか過負荷、または途中の経路での停止が考えられます。
    .fix = 再実行してください。単に遅いだけであれば、`--deadline` を延ばしてください。
BT-V22 = Vaultが追加の認証手順を要求しています
    .what = { $url } のVaultは、auth/{ $mount } へのログインに応答しましたが、Vaultセッションを返しませんでした: { $text }
    .why = ログインの応答がラップされているか、ジョブでは扱えない多要素認証が必要です。
    .fix = auth/{ $mount } の多要素認証（MFA）の要求、またはラップを解除してください。
BT-V23 = { $url } の証明書は現在有効ではありません
    .what = build-token が接続を拒否しました: { $text }
    .why = 証明書の有効期限が切れているか、有効期間がまだ始まっていないか、このマシンの時計がずれています。
    .fix = 証明書を更新するか、時計を合わせてください。
BT-V24 = 認証マウント { $mount } が設定されていません
    .what = { $url } のVaultは次の応答を返しました: { $text }
    .why = 認証マウントは有効化されていますが、auth/{ $mount }/config が一度も書き込まれていません。
    .fix = 設定を書き込んでください: `bao write auth/{ $mount }/config oidc_discovery_url=… bound_issuer=…`

## G: トークンとgit

BT-G01 = GitLabが { $component } に対してトークンを受け付けません
    .what = { $url } は401を返しました: { $text }
    .why = { $detail }
    .fix = Vaultにあるトークンの値を、スコープ read_repository を持つ有効なトークンに差し替えてもらってください。
BT-G02 = トークンに { $component } をダウンロードする権限がありません
    .what = { $url } は403を返しました: { $text }
    .why = { $detail }
    .fix = ロールがDeveloper（30）のトークンに差し替えてもらうか、プロジェクトの設定でメンバーにリポジトリを有効化してください。
BT-G03 = このトークンからは { $component } が見えません
    .what = { $url } は404を返しました: { $text }
    .why = { $detail }
    .fix = リモートを修正するか、そのプロジェクトを含むグループでトークンを作成してもらってください。
BT-G04 = { $component } にジョブトークンが送られました
    .what = { $url } は次の応答を返しました: { $text }
    .why = ここにはビルドトークンがなく、代わりに CI_JOB_TOKEN が使われました。アクセス先プロジェクトの許可リストに、このジョブのプロジェクトはありません。
    .fix = ジョブにビルドトークンを渡してください（`extends: .with-build-token`、`build-token run`）。許可リストは広げないでください。
BT-G05 = ジョブトークンに { $component } を読み取る権限がありません
    .what = { $url } は次の応答を返しました: { $text }
    .why = CI_JOB_TOKEN が送られましたが、そのプロジェクトに対する権限にリポジトリが含まれていません。
    .fix = ジョブトークンではなく、ビルドトークンをジョブに渡してください。
BT-G06 = gitに { $component } の認証情報がありません
    .what = gitが { $url } のユーザー名を求めました: { $text }
    .why = このURLに応答する認証情報ヘルパーがないか、到達範囲にこのURLが含まれていません。
    .fix = `build-token run` の下で実行し、付与ルールの `reach` にリポジトリのグループが含まれていることを確認してください。
BT-G07 = gitに { $component } のユーザー名はありますが、パスワードがありません
    .what = gitが { $url } のパスワードを求めました: { $text }
    .why = URLにユーザー名が含まれていますが、パスワードになるはずの変数が空です。
    .fix = URLからユーザー名を取り除いてください。認証情報ヘルパーがユーザー名とパスワードの両方を渡します。
BT-G08 = 公開リポジトリの { $component } に、無関係な認証情報が送られています
    .what = { $url } は401を返しましたが、認証情報なしでは応答します: { $text }
    .why = 認証情報は不要なのに、別のGitLabのトークンまたは期限切れのトークンが送られています。
    .fix = 到達範囲、またはほかの認証情報ヘルパーの対象を、認証情報が必要なリポジトリだけに絞ってください。
BT-G09 = { $component } へのリクエストがGitLabのレート制限を受けました
    .what = { $url } は次の応答を返しました: { $text }
    .why = 認証情報のないリクエストは上限が低く、gitは要求されるまで認証情報を送りません。
    .fix = 時間をおいて再実行してください。git 2.46以降であれば、このホストに http.proactiveAuth=basic を設定してください。
BT-G10 = git { $version } はproactiveAuthに対応していません
    .what = http.proactiveAuth が設定されていますが、git { $version } はこれを無視します。
    .why = proactiveAuthはgit 2.46で追加されました。
    .fix = 新しいgitを使うか、この設定を削除してください。
BT-G11 = { $component } に別の認証情報ヘルパーが先に応答しています
    .what = { $url }: { $text }
    .why = 認証情報ヘルパー { $detail } が build-token より先に問い合わせを受け、別の認証情報を返しています。
    .fix = `build-token run` の下で実行してください。継承された認証情報ヘルパーを、到達範囲の中では無効にします。
BT-G12 = 保存された古い認証情報が { $component } へのアクセスを妨げています
    .what = { $url } は403を返しました: { $text }
    .why = gitが別の認証情報を求めるのは401のときだけです。403になる認証情報は、保存されたまま残ります。
    .fix = 削除してください: `printf 'url=%s\n\n' '{ $url }' | git credential reject`
BT-G13 = { $component } の中のリポジトリに使う認証情報がありません
    .what = { $url }: { $text }
    .why = サブモジュールが別のホストにあるか、到達範囲の外にあります。
    .fix = そのグループを付与ルールの `reach` に追加するか、サブモジュールのURLを相対URLにしてください。
BT-G16 = ジョブの実行中にトークンが差し替えられました
    .what = { $name }: GitLabが { $url } へのトークンを拒否しました。{ $detail }
    .why = ローテーションによって古いトークンが失効しました。GitLabがジョブの開始前に取得した変数を、build-token が取得し直すことはできません。
    .fix = `build-token run` にトークンを取得させて自動で取得し直せるようにするか、ジョブを再実行してください。
BT-G21 = GitLabがHTTP経由のgitを許可していません
    .what = { $url } は次の応答を返しました: { $text }
    .why = インスタンスの設定で、HTTP経由のgitが無効になっています。
    .fix = GitLabの管理者に問い合わせてください。
BT-G22 = GitLabがこのユーザーまたはアドレスからのアクセスを許可していません
    .what = { $url } は次の応答を返しました: { $text }
    .why = トークンのボットユーザーがブロックされているか、グループが接続元アドレスを制限しているか、シングルサインオンを要求しています。
    .fix = グループのオーナーに問い合わせてください。
BT-G23 = { $source } はトークンとして使えません
    .what = 使えないものが含まれています: { $problem }
    .why = 末尾に改行が付いたまま保存されたか、2行に分かれて貼り付けられました。gitやHTTPでは途中で切れるか、拒否されます。
    .fix = 改行なしで保存し直してください: `printf %s "$TOKEN" | bao kv patch -mount={ $mount } { $secret } { $field }=-`
BT-G26 = git { $version } は古く、環境変数による設定に対応していません
    .what = git { $version } は GIT_CONFIG_COUNT を無視するため、トークンを問い合わせることがありません。
    .why = 環境変数による設定はgit 2.31で追加されました。
    .fix = このイメージでgit 2.31以降を使ってください。
BT-G27 = gitが { $component } に別の認証情報を優先しています
    .what = 認証情報ヘルパーのトークンは有効ですが、{ $url } へのアクセスは拒否されました: { $text }
    .why = { $detail }
    .fix = 優先されている認証情報を取り除いてください。URL内のユーザー情報、http.extraHeader、.netrc、認証情報を含む insteadOf が候補です。

## C: 設定

BT-C01 = { $file } を読み取れません
    .what = { $problem }
    .why = このファイルは { $source } で指定されています。
    .fix = パスを修正するか、ファイルを作成してください。
BT-C02 = { $file } はYAMLとして正しくありません
    .what = { $problem }
    .why = YAMLのインデントには空白を使い、タブは使えません。`: ` や `#` を含む値には引用符が必要です。
    .fix = 表示された行を修正してください。
BT-C03 = 未知のキー `{ $key }` があります
    .what = { $file } にあるキー `{ $key }` は、その位置では意味を持ちません。{ $suggestion }
    .why = 未知のキーを黙って無視すると、そのキーで守るはずだったものも守られなくなります。
    .fix = 次のいずれかを使ってください: { $known }
BT-C04 = 値の型が正しくありません
    .what = { $file } のこの位置に必要な値: { $expected }{ $found }
    .why = build-token は値を推測しません。
    .fix = 表示された行を修正してください。`build-token schema config` で書式を確認できます。
BT-C05 = キー `{ $key }` が重複しています
    .what = { $file } では、1つのマッピングに `{ $key }` が2回現れます。
    .why = どちらか一方が黙って無視されることになります。
    .fix = 一方を削除してください。
BT-C06 = { $variable } が { $file } で固定された値と異なります
    .what = { $key } はファイルでは `{ $pinned }` ですが、{ $variable } は `{ $value }` です。
    .why = パイプライン変数はパイプラインを開始できる人なら誰でも設定できますが、ファイルはレビューされています。そのためファイルを優先し、異なる変数は拒否します。
    .fix = { $variable } を削除するか、マージリクエストでファイルの { $key } を変更してください。
BT-C07 = `{ $text }` は到達範囲として使えません
    .what = { $source } に `{ $text }` があります: { $problem }
    .why = 到達範囲はトークンの送信先を定めるものであり、build-token は推測で補いません。
    .fix = スキーム、ホスト、グループを書いてください: https://gitlab.com/gitlab-org/security/
BT-C08 = 付与ルール `{ $key }` が重複しています
    .what = { $file } の `tokens:` に、名前が { $key } の付与ルールが2つあります。
    .why = 付与ルールの名前は変数の名前でもあるため、同じ名前は1つしか使えません。
    .fix = 一方の名前を変えるか、削除してください。
BT-C09 = 条件がGitLabの式言語の書式に合っていません
    .what = `{ $when }`: { $problem }
    .why = { $source } は、GitLabの `rules:if` と同じように解釈されます。変数は波括弧なし、文字列は引用符付き、パターンはスラッシュで囲みます。
    .fix = 条件を修正してください。`build-token ci eval '{ $when }'` で試せます。
BT-C10 = シークレット参照を使用できません
    .what = `{ $input }`: { $problem }。読み取れた部分: マウント `{ $mount }`、パス `{ $path }`、フィールド `{ $field }`。
    .why = シークレット参照は1つのシークレットの1つのフィールドを指すもので、マウントの外に出ることはできません。
    .fix = path/field@mount の形で書いてください。`build-token ref` でシークレット参照の解釈を確認できます。
BT-C11 = { $name } のシークレットが指定されていません
    .what = .build-token.yml の tokens.{ $name }.secret も BUILD_TOKEN_SECRET も設定されていません。
    .why = このジョブは { $name } の付与対象ですが、取得元がわかりません。
    .fix = BUILD_TOKEN_SECRET に path/field@mount を設定するか、.build-token.yml で固定してください。
BT-C12 = BUILD_TOKEN_REACH が { $name } の到達範囲を広げようとしています
    .what = BUILD_TOKEN_REACH にある { $value } は、{ $pinned } に収まっていません。
    .why = パイプライン変数はパイプラインを開始できる人なら誰でも設定できるため、この変数ではファイルの到達範囲を狭めることしかできません。
    .fix = BUILD_TOKEN_REACH を削除するか、マージリクエストでファイルの `reach` を変更してください。
BT-C13 = 付与ルール { $name } がありません
    .what = { $name } が指定されましたが、存在する付与ルールは次のとおりです: { $known }。{ $suggestion }
    .why = 付与ルールは .build-token.yml の `tokens:` で定義するか、BUILD_TOKEN_NAME で1つだけ指定します。
    .fix = 存在する付与ルールのいずれかを指定してください。
BT-C14 = `{ $value }` は { $kind } として使えません
    .what = { $source } の値は `{ $value }` です: { $problem }
    .why = この値はVaultのパスの一部になるため、`..`、空の要素、制御文字は拒否します。
    .fix = `jwt` や `gitlab-com` のように、名前だけを書いてください。
BT-C15 = `{ $name }` は付与ルールの名前として使えません
    .what = { $source } に `{ $name }` という名前があります。
    .why = 付与ルールの名前は変数の名前でもあるため、使えるのは英数字と `_` だけで、数字で始めることはできません。
    .fix = 名前を変更してください。
BT-C16 = サーバーのURLに余分な部分があります
    .what = { $source } の値は `{ $value }` です: { $problem }
    .why = サーバーのURLはホストとポートまでです。認証情報を含めると、あらゆるログに残ります。
    .fix = { $suggestion } と書いてください。
BT-C18 = { $name } はUnicodeではありません
    .what = { $name } の値に、UTF-8ではないバイトが含まれています。
    .why = ここではテキストとして扱う必要があります。
    .fix = 値を設定し直してください。
BT-C20 = { $path } には何も保存されていません
    .what = { $url } のVault（ネームスペース: { $namespace }）は、GET /v1/{ $path } に404を返しました。
    .why = マウント { $mount } は存在しますが、その名前のシークレットがありません。パスの要素が足りないか、重複しているか、誤っている、末尾の要素をフィールドとして書いたつもりだった、またはすべてのバージョンが失われている、のいずれかです。
    .fix = `bao kv list -mount={ $mount } { $parent }` で存在するシークレットを確認し、シークレット参照を修正してください。
BT-C21 = ネームスペース { $namespace } が存在しません
    .what = { $url } のVaultは次の応答を返しました: { $text }
    .why = VAULT_NAMESPACE が誤っているか、別のサーバー向けの値です。
    .fix = VAULT_NAMESPACE を修正するか、削除してください。
BT-C22 = プロキシのアドレスを使用できません
    .what = { $problem }
    .why = HTTPS_PROXY と HTTP_PROXY は http://host:port の形で書きます。
    .fix = 変数を修正するか、サーバーを NO_PROXY に指定してください。
BT-C23 = { $file } の証明書を使用できません
    .what = { $problem }
    .why = このファイルは BAO_CACERT、VAULT_CACERT、BAO_CAPATH、VAULT_CAPATH、SSL_CERT_FILE のいずれかで指定されています。
    .fix = PEM形式の証明書ファイルを指定してください。
BT-C24 = { $component } のリモートに認証情報が含まれています
    .what = { $source } のURLにユーザー情報が含まれていたため、取り除きました。
    .why = URLに含めた認証情報は、引数、.git/config、マニフェスト、ログに残ります。
    .fix = URLからユーザー情報を削除してください。トークンは認証情報ヘルパーが渡します。
BT-C25 = その操作はできません
    .what = { $problem }
    .why = { $reason }
    .fix = { $remedy }

## R: 実行

BT-R01 = { $program }: 見つかりません
    .what = 子プロセスの PATH に、プログラム { $program } がありません。
    .why = イメージに含まれていないか、名前が誤っています。
    .fix = インストールするか、パスで指定してください。`--` の後ろはすべてコマンドとして扱われます。
BT-R02 = { $program }: 実行できません
    .what = { $problem }
    .why = 実行権限がないか、インタープリターがないか、別のアーキテクチャ向けです。
    .fix = ファイルのモードと先頭行を確認してください。
BT-R03 = このジョブは { $name } の付与対象外ですが、トークンは必須に設定されています
    .what = ここでは `{ $when }` は偽です: { $comparison }
    .why = トークンを使えるのは、条件を満たすジョブだけです。
    .fix = 条件を満たすプロジェクトで実行するか、トークンなしでも動作するジョブであれば `required: false` にしてください。
BT-R04 = Vaultセッションを失効させられませんでした
    .what = { $url } のVaultセッション（アクセサー { $accessor }、ネームスペース: { $namespace }）は、最長であと { $lease } 有効です: { $text }
    .why = Vaultが失効のリクエストを受け付けませんでした。トークンの読み取りは済んでおり、このVaultセッションを持っていたのは build-token だけです。
    .fix = `bao token revoke -accessor { $accessor }` を実行してください。ポリシーには auth/token/revoke-self の update が必要です（`default` ポリシーには含まれています）。
BT-R05 = { $name } の有効期限が、ジョブの終了期限より前に切れます
    .what = トークンの有効期限は { $expires } ですが、ジョブは { $ends } まで続く可能性があります。
    .why = GitLabは、ジョブの途中であっても、有効期限の日の00:00 UTCにトークンを無効にします。
    .fix = その前にローテーションしてもらってください。ローテーション後に開始したジョブは、新しいトークンを取得します。
BT-R06 = GIT_TRACE_REDACT を取り除きました
    .what = GIT_TRACE_REDACT が無効に設定されていたため、gitのトレースに認証情報が表示されるところでした。
    .why = トークンがある環境では、トレースから認証情報が漏洩します。
    .fix = ジョブの変数から GIT_TRACE_REDACT を削除してください。
BT-R07 = GIT_SSL_NO_VERIFY を取り除きました
    .what = GIT_SSL_NO_VERIFY が設定されていたため、gitが相手を確認せずにトークンを送るところでした。
    .why = gitは変数の有無だけを見ます。値が0でも証明書の検証は無効になります。
    .fix = この変数を削除し、認証局の証明書を GIT_SSL_CAINFO に指定してください。
BT-R08 = CI_DEBUG_TRACE が有効です
    .what = ジョブのシェルはすべてのコマンドを値とともに出力するため、エクスポートしたトークンがログに出力されます。
    .why = CI_DEBUG_TRACE=true はデバッグ用であり、ログはほかの人も閲覧できます。
    .fix = 無効にするか、出力がマスクされる `build-token run -- …` を使ってください。
BT-R09 = { $url } が別のホストへ誘導しています
    .what = { $status } で { $target } へのリダイレクトを返しました。
    .why = VaultセッションとIDトークンは、指定されたサーバーにだけ送り、ほかには送りません。
    .fix = 誘導先が正しいサーバーであれば、そのアドレスを直接指定してください。
BT-R10 = { $url } の応答がVaultのものではありません
    .what = { $problem }
    .why = プロキシ、ログインページ、別のサービスなど、Vault以外が応答しているか、応答が途中で切れています。
    .fix = サーバーのURLと途中の経路を確認してください。`curl -i { $url }/v1/sys/health` で実際の応答を確認できます。
BT-R11 = 認証情報ヘルパー用の専用ディレクトリを作成できません
    .what = { $problem }
    .why = 認証情報ヘルパーには、パスが短く、このユーザーだけが入れるディレクトリが必要です。
    .fix = 書き込み可能でパスの短いディレクトリを TMPDIR に設定するか、`--git none` を使ってください。
BT-R12 = トークンを持つプロセスがもう存在しません
    .what = gitが認証情報を求めましたが、`build-token run` が { $socket } で応答しません。
    .why = `build-token run` が終了または強制終了し、そこから起動されたプロセスだけが残っています。
    .fix = ジョブを再実行してください。
BT-R13 = 無関係なプロセスがトークンを求めました
    .what = プロセス { $process } が認証情報を求めましたが、ジョブのコマンドの子孫ではありません。
    .why = build-token が応答するのは、ジョブのコマンドから起動されたプロセスだけです。
    .fix = 心当たりがあれば対応は不要です。なければ、このユーザーでほかに何が動作しているか調査してください。
BT-R15 = { $variable } の値はトークンとして使えません
    .what = この変数は開始前から設定されていましたが、使えないものが含まれています: { $problem }
    .why = トークンは印字可能文字だけからなる1行の文字列です。
    .fix = 変数を修正するか、トークンを取得できるように変数を削除してください。
BT-R16 = 保存されているトークンが空です
    .what = { $url } の { $path } のフィールド { $field } が空文字列です。
    .why = シークレットが値なしで書き込まれました。
    .fix = トークンを書き込んでください。
BT-R18 = Vaultのクライアントトークンが不正です
    .what = { $url } がログインに対して返したクライアントトークンに、使えないものが含まれています: { $problem }
    .why = Vaultがこのような応答を返すことはありません。途中の何かが応答を書き換えています。
    .fix = このジョブと { $url } の間に何があるか確認してください。
BT-R19 = トークンが端末に表示されてしまいます
    .what = 標準出力が端末です。
    .why = 画面に表示したものは、スクロールバック、録画、スクリーンショットに残ります。
    .fix = パイプか、自分だけが読み取れるファイルに出力してください{ $force }
BT-R20 = コマンドの開始前に終了を指示されました
    .what = トークンの取得中にシグナル { $signal } を受け取りました。
    .why = ジョブがキャンセルされたか、タイムアウトしました。
    .fix = 対応は不要です。開いていたものはすべて閉じました。
BT-R21 = シークレットのメタデータが { $name } の到達範囲を狭めています
    .what = custom_metadata.reach によって残る到達範囲: { $reach }
    .why = プラットフォームチームの指定も有効であり、双方が許可する範囲だけが残ります。
    .fix = この範囲で足りるなら、対応は不要です。
BT-R22 = { $name } の代わりに CI_JOB_TOKEN を使います
    .what = --legacy-job-token で指定されました。
    .why = CI_JOB_TOKEN は、パイプラインを開始した人の権限を持ちます。
    .fix = ジョブにビルドトークンを渡し、このオプションを外してください。
BT-R23 = build-token の不具合です
    .what = { $problem }
    .why = 本来は起こり得ない状態です。
    .fix = この文面を添えて報告してください。
BT-R24 = { $file } に書き込めません
    .what = { $problem }
    .why = { $reason }
    .fix = 書き込み可能な場所を指定してください。
BT-R25 = このバージョンではその操作に対応していません
    .what = { $problem }
    .why = 計画されていますが、まだ実装されていません。
    .fix = { $remedy }
BT-R27 = シークレットのメタデータにある到達範囲を読み取れません
    .what = { $path } の custom_metadata.reach は `{ $text }` です: { $problem }
    .why = トークンの送信先を制限する値なので、build-token は推測で補いません。
    .fix = URLの接頭辞を、空白またはカンマで区切って書いてください: https://gitlab.com/gitlab-org/security/
BT-R28 = IDトークンが壊れています
    .what = { $variable }: { $problem }
    .why = 全体がコピーされていないか、変数に別のものが入っています。
    .fix = `id_tokens:` の変数をそのまま使ってください。
BT-R29 = { $name } を取得し直せませんでした
    .what = GitLabが { $url } へのトークンを拒否し、新しいトークンも取得できませんでした: { $detail }
    .why = ジョブの実行中に、トークンが失効したか差し替えられました。
    .fix = ジョブを再実行してください。
BT-R30 = サーバーがインライン認証に対応していません
    .what = { $url } はインラインログインを無視しました。
    .why = インライン認証はOpenBaoの2.4以降で使えます。Vaultは対応していません。
    .fix = `--flow login` または `--flow auto` を使ってください。
BT-R31 = { $component } が時間内に応答しませんでした
    .what = { $url } へのgitが { $limit } 以内に終わりませんでした。
    .why = サーバーまたは途中の経路が停止しています。
    .fix = 再実行してください。
BT-R32 = { $component } に接続できません
    .what = { $url }: { $text }
    .why = 名前が誤っているか、サーバーが停止しているか、証明書が信頼されていません。
    .fix = リモート、ネットワーク、gitの http.sslCAInfo を確認してください。
BT-R33 = { $component } をフェッチできません
    .what = gitは { $url } について次のように報告しました: { $text }
    .why = build-token の知らないメッセージです。
    .fix = GIT_TRACE_CURL=1 を付けて同じ操作を試してください（認証情報は隠されます）。
BT-R34 = トークンを失効させられませんでした
    .what = { $url } は次の応答を返しました: { $text }
    .why = { $detail }
    .fix = グループの設定のアクセストークンの画面で失効させてください。
BT-R35 = トークンを全利用者に対して失効させました
    .what = { $name }（{ $fingerprint }）は { $url } で無効になりました。
    .why = 指示に従って失効させました。
    .fix = 新しいトークンを作成して保存してもらってください。それまでは、このトークンを必要とするすべてのジョブが失敗します。
BT-R36 = 入力が `{ $command }` の読み取れる形式ではありません
    .what = { $problem }
    .why = { $reason }
    .fix = `build-token { $command } --help` を参照してください。
